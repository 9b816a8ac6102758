// Images go into a node's containerd through its own client, into the namespace that Kubernetes uses.
import { runCommand } from '../../network/command.ts'
import type { PackedImage } from './pack.ts'

const ctr = (socket: string, ...args: string[]): [string, ...string[]] => ['ctr', '--address', socket, '--namespace', 'k8s.io', ...args]

export interface ListedImage {
  readonly reference: string
  readonly digest: string
  /** As containerd writes it: `4.1 MiB`. */
  readonly size: string
}

/** The table that `ctr images list` prints; entries that name no tag (digests, config ids) are left out. */
export function parseImageList(text: string): ListedImage[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [reference, , digest, size, unit] = line.trim().split(/\s+/)
      return reference && digest && !reference.startsWith('sha256:') && !reference.includes('@') ? [{ reference, digest, size: `${size} ${unit}` }] : []
    })
}

export async function listImages(socket: string): Promise<ListedImage[]> {
  return parseImageList((await runCommand(ctr(socket, 'images', 'list'))).stdout)
}

/** Sends an archive (OCI layout, or what `docker save` writes). @returns what is listed afterwards */
export async function importArchive(socket: string, archive: Uint8Array): Promise<ListedImage[]> {
  await runCommand(ctr(socket, 'images', 'import', '-'), { input: archive })
  return listImages(socket)
}

export interface EnsureImageOptions {
  /** Kubelets never remove a pinned image, not even for want of space. */
  readonly pinned?: boolean
}

/**
 * Makes sure that the node has exactly this image.
 * @returns whether it had to be sent
 * @throws when it is not listed after the import
 */
export async function ensureImage(socket: string, image: PackedImage, { pinned = false }: EnsureImageOptions = {}): Promise<boolean> {
  const has = (images: readonly ListedImage[]) => images.some(({ reference, digest }) => reference === image.reference && digest === image.digest)
  if (has(await listImages(socket))) return false
  if (!has(await importArchive(socket, image.archive))) throw new Error(`containerd at ${socket} accepted ${image.reference} but does not list it`)
  // Events would tell CRI in a moment; the labels are what it looks for, and they are true now.
  const labels = ['io.cri-containerd.image=managed', ...(pinned ? ['io.cri-containerd.pinned=pinned'] : [])]
  await runCommand(ctr(socket, 'images', 'label', image.reference, ...labels))
  return true
}
