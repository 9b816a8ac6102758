// Removes unused images when the disk fills up. Source: Kubernetes 1.36 pkg/kubelet/images/image_gc_manager.go.

import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Image } from '../../cri/generated/types.ts'
import type { Usage } from '../machine/pressure.ts'

export interface ImageGcInput {
  readonly runtime: Pick<RuntimeClient, 'listImages' | 'removeImage'>
  /** Above it images are removed, until usage is below the low mark. Percent of the disk. */
  readonly highPercent: number
  readonly lowPercent: number
  readonly usage: () => Promise<Pick<Usage, 'diskCapacityBytes' | 'diskAvailableBytes'>>
  /** Image ids of all containers, running or not. */
  readonly inUse: () => readonly string[]
  readonly logger: Logger
}

export async function collectImages({ runtime, highPercent, lowPercent, usage, inUse, logger }: ImageGcInput): Promise<void> {
  const excess = bytesToFree(await usage(), { highPercent, lowPercent })
  if (excess <= 0) return
  const { images = [] } = await runtime.listImages({})
  for (const image of toRemove(images, new Set(inUse()), excess)) {
    await runtime.removeImage({ image: { image: image.id! } })
    logger.info('Removed an image to free disk space', { image: image.repoTags?.[0] ?? image.id, bytes: image.size })
  }
}

export function bytesToFree(
  { diskCapacityBytes, diskAvailableBytes }: Pick<Usage, 'diskCapacityBytes' | 'diskAvailableBytes'>,
  { highPercent, lowPercent }: { readonly highPercent: number; readonly lowPercent: number },
): number {
  const usedPercent = 100 - (diskAvailableBytes * 100) / Math.max(1, diskCapacityBytes)
  return usedPercent < highPercent ? 0 : (diskCapacityBytes * (100 - lowPercent)) / 100 - diskAvailableBytes
}

/** Largest first, until enough; never pinned ones or those of containers. */
export function toRemove(images: readonly Image[], inUse: ReadonlySet<string>, bytes: number): readonly Image[] {
  const used = (image: Image) => inUse.has(image.id ?? '') || [...(image.repoTags ?? []), ...(image.repoDigests ?? [])].some((name) => inUse.has(name))
  const candidates = images.filter((image) => !image.pinned && !used(image)).toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0))
  let freed = 0
  return candidates.filter((image) => {
    if (freed >= bytes) return false
    freed += image.size ?? 0
    return true
  })
}
