// What is in an image archive, without a runtime: an OCI layout, or what `docker save` and `podman save` write.
import { unpackTar } from 'modern-tar'
import { fullReference } from './reference.ts'

export interface ArchivedImage {
  readonly reference: string
  /** Of the manifest; older `docker save` archives do not say. */
  readonly digest?: string
}

interface OciIndex {
  readonly manifests?: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[]
}

type DockerManifest = readonly { readonly RepoTags?: readonly string[] | null }[]

/** The archive is not one, or no image in it has a name. */
export class ImageArchiveError extends Error {
  override readonly name = 'ImageArchiveError'
}

/** @throws {ImageArchiveError} */
export async function readImageArchive(archive: Uint8Array): Promise<ArchivedImage[]> {
  const documents = await readDocuments(archive)
  const oci = namedInIndex(documents.get('index.json') as OciIndex | undefined)
  const docker = ((documents.get('manifest.json') as DockerManifest | undefined) ?? []).flatMap(({ RepoTags }) => RepoTags ?? []).map(fullReference)
  const known = new Set(oci.map(({ reference }) => reference))
  const images = [...oci, ...docker.filter((reference) => !known.has(reference)).map((reference) => ({ reference }))]
  if (images.length === 0) throw new ImageArchiveError('no image with a name is in the archive')
  return images
}

function namedInIndex(index: OciIndex | undefined): ArchivedImage[] {
  return (index?.manifests ?? []).flatMap(({ digest, annotations = {} }) => {
    const name = annotations['io.containerd.image.name'] ?? fullNameOnly(annotations['org.opencontainers.image.ref.name'])
    return name ? [{ reference: fullReference(name), digest }] : []
  })
}

/** The annotation holds either a whole name or, as `docker save` has it, the tag alone. */
const fullNameOnly = (name: string | undefined): string | undefined => (name?.includes('/') || name?.includes(':') ? name : undefined)

async function readDocuments(archive: Uint8Array): Promise<Map<string, unknown>> {
  const documents = new Map<string, unknown>()
  try {
    const entries = await unpackTar(archive, { filter: ({ name }) => /^(\.\/)?(index|manifest)\.json$/.test(name) })
    for (const { header, data } of entries) documents.set(header.name.replace('./', ''), JSON.parse(new TextDecoder().decode(data)))
  } catch (cause) {
    throw new ImageArchiveError(`this is no image archive: ${(cause as Error).message}`, { cause })
  }
  return documents
}
