import { openMemoryStorage } from './drivers/memory/memory.ts'
import { storageCases } from './storage.cases.ts'

storageCases('memory', async (clock) => openMemoryStorage({ clock }))
