import type { Command } from 'commander'
import { listImages } from '../../machine/image/import.ts'
import { openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { table } from '../io/io.ts'
import { runningNodes } from './image-load.ts'
import { nameOption, outputFormat } from './options.ts'

export interface ImageLsOptions {
  readonly name: string | undefined
  readonly format: 'text' | 'json'
}

export function registerImageLs(images: Command, context: CliContext): void {
  images
    .command('ls')
    .summary('images in the nodes of a cluster')
    .addOption(nameOption())
    .option('-o, --output <format>', 'text or json', 'text')
    .action((flags: { name?: string; output: string }) => imageLs({ name: flags.name, format: outputFormat(flags.output, ['text', 'json']) }, context))
}

interface Row {
  readonly reference: string
  readonly digest: string
  readonly size: string
  readonly nodes: string[]
}

export async function imageLs({ name, format }: ImageLsOptions, context: CliContext): Promise<void> {
  const rows = new Map<string, Row>()
  for (const node of runningNodes(openCluster(name, context))) {
    for (const { reference, digest, size } of await listImages(node.socket)) {
      const key = `${reference} ${digest}`
      rows.set(key, rows.get(key) ?? { reference, digest, size, nodes: [] })
      rows.get(key)!.nodes.push(node.name)
    }
  }
  const images = [...rows.values()].toSorted((a, b) => (a.reference < b.reference ? -1 : 1))
  if (format === 'json') return void context.io.out.write(`${JSON.stringify(images, null, 2)}\n`)
  const cells = images.map(({ reference, digest, size, nodes }) => [reference, digest.slice(7, 19), size, nodes.join(',')])
  context.io.out.write(table([['IMAGE', 'DIGEST', 'SIZE', 'NODES'], ...cells]))
}
