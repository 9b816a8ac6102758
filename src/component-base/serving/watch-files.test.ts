import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../util/clock.ts'
import { silentLogger } from '../logger.ts'
import { watchFiles } from './watch-files.ts'

let directory: string
const stop: (() => Promise<void>)[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watch-'))
})
afterEach(async () => {
  for (const end of stop.splice(0)) await end()
  await rm(directory, { recursive: true })
})

const at = (name: string) => join(directory, name)

function follow(files: readonly string[], changed: () => Promise<void>): void {
  const ending = new AbortController()
  const running = watchFiles({ files, changed, clock: systemClock, logger: silentLogger }).run(ending.signal)
  stop.push(() => {
    ending.abort()
    return running
  })
}

test.each<[how: string, change: () => Promise<void>]>([
  ['written in place', () => writeFile(at('a'), 'new')],
  [
    'replaced',
    async () => {
      await writeFile(at('a.new'), 'new')
      await rename(at('a.new'), at('a'))
    },
  ],
  ['removed', () => rm(at('a'))],
])('a file that is %s', async (_, change) => {
  await writeFile(at('a'), 'old')
  const changed = vi.fn(async () => {})
  follow([at('a')], changed)
  await change()
  await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce(), 10_000)
})

test('files behind a link that is switched, as in a mounted volume', async () => {
  for (const version of ['v1', 'v2']) {
    await mkdir(at(version))
    await writeFile(join(at(version), 'a'), version)
  }
  await symlink('v1', at('..data'))
  await symlink('..data/a', at('a'))
  const changed = vi.fn(async () => {})
  follow([at('a')], changed)
  await symlink('v2', at('..new'))
  await rename(at('..new'), at('..data'))
  await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce(), 10_000)
})

test('what cannot be used is tried again with the next change', async () => {
  await writeFile(at('a'), 'old')
  const seen: string[] = []
  let state = 'old'
  follow([at('a'), at('b')], async () => {
    seen.push(state)
    if (state === 'broken') throw new Error('not a pair')
  })
  state = 'broken'
  await writeFile(at('a'), 'new')
  await vi.waitFor(() => expect(seen).toContain('broken'), 10_000)
  state = 'whole'
  await writeFile(at('b'), 'new')
  await vi.waitFor(() => expect(seen.at(-1)).toBe('whole'), 10_000)
})

test('what cannot be applied yet is tried again by itself', async () => {
  await writeFile(at('a'), 'old')
  let attempts = 0
  follow([at('a')], async () => {
    attempts++
    if (attempts < 2) throw new Error('the plugin is starting')
  })
  await writeFile(at('a'), 'new')
  await vi.waitFor(() => expect(attempts).toBe(2), 10_000)
})
