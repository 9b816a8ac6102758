import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { type ArchivedImage, ImageArchiveError, readImageArchive } from '../../machine/image/archive.ts'
import { importArchive, listImages } from '../../machine/image/import.ts'
import { isLatest } from '../../machine/image/reference.ts'
import { nodeLayout } from '../../machine/layout.ts'
import { findProcesses, runs } from '../../machine/processes.ts'
import { type Cluster, openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { nameOption } from './options.ts'

export interface ImageLoadOptions {
  readonly name: string | undefined
  /** A tar file, or `-` for standard input. */
  readonly source: string
}

export function registerImageLoad(images: Command, context: CliContext): void {
  images
    .command('load')
    .summary('put images from an archive into every node')
    .argument('<archive>', 'a tar file as docker save, podman save or cox image make write it; - for standard input')
    .addOption(nameOption())
    .addHelpText('after', '\nExamples:\n  docker save app:dev | cox image load -\n  cox image load app.tar')
    .action((source: string, flags: { name?: string }) => imageLoad({ name: flags.name, source }, context))
}

/** The sockets of the cluster's nodes. @throws {CliError} when some node does not run */
export function runningNodes({ layout, record }: Cluster): { name: string; socket: string }[] {
  const processes = findProcesses(layout.directory)
  return record.nodes.map(({ name }) => {
    if (!runs(processes, 'containerd', name)) throw new CliError('clusterStopped', `${name} does not run`, `start it with: cox start ${record.name}`)
    return { name, socket: nodeLayout(layout, name).containerdSocket }
  })
}

export async function imageLoad({ name, source }: ImageLoadOptions, context: CliContext): Promise<void> {
  const { err } = context.io
  const nodes = runningNodes(openCluster(name, context))
  if (nodes.length === 0) throw new CliError('image', 'the cluster has no nodes to load images into', 'add one with: cox node add')
  const archive = source === '-' ? await context.io.readAll() : await readArchiveFile(source)
  const images = await readNames(archive)
  const sent = await Promise.all(nodes.map(({ name: node, socket }) => loadInto(node, socket, archive, images)))
  const count = sent.filter(Boolean).length
  for (const { reference } of images) {
    err.write(
      count === 0
        ? `${reference} is in all nodes already\n`
        : `${reference} loaded into ${count} ${count === 1 ? 'node' : 'nodes'}, ${megabytes(archive.length)} each\n`,
    )
    if (isLatest(reference)) err.write(`Note: for ":latest" Kubernetes pulls at every start; set imagePullPolicy: IfNotPresent, or use another tag\n`)
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

async function readArchiveFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new CliError('image', `${path} cannot be read: ${(cause as Error).message}`, 'give a tar file, or - to read one from standard input', cause)
  }
}

async function readNames(archive: Uint8Array): Promise<ArchivedImage[]> {
  try {
    return await readImageArchive(archive)
  } catch (error) {
    if (error instanceof ImageArchiveError) throw new CliError('image', error.message, 'make one with: docker save NAME:TAG, or cox image make', error)
    throw error
  }
}

/** @returns whether anything had to be sent. @throws {CliError} when containerd does not have every image afterwards */
async function loadInto(node: string, socket: string, archive: Uint8Array, images: readonly ArchivedImage[]): Promise<boolean> {
  const before = await listImages(socket)
  if (images.every(({ reference, digest }) => before.some((image) => image.reference === reference && image.digest === digest))) return false
  const after = await importArchive(socket, archive)
  const missing = images.find(({ reference }) => !after.some((image) => image.reference === reference))
  if (missing) throw new CliError('image', `${missing.reference} is not in ${node} after the import`, `is it made for ${process.arch}?`)
  return true
}
