import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { packImage } from '../../machine/image/pack.ts'
import { architectureOf } from '../../machine/image/pause-image.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'

export interface ImageMakeOptions {
  readonly binary: string
  readonly tag: string
  readonly cmd?: readonly string[]
  readonly env?: readonly string[]
  /** A file; left out for standard output. */
  readonly output?: string
}

export function registerImageMake(images: Command, context: CliContext): void {
  images
    .command('make')
    .summary('pack a static program as an image, without a registry or a daemon')
    .requiredOption('--binary <file>', 'a statically linked program; it becomes /bin/<name>, and what the container runs')
    .requiredOption('--tag <name>', 'name of the image')
    .option('--cmd <args...>', 'arguments that pods may replace')
    .option('--env <name=value...>', 'environment variables')
    .option('--output <file>', 'where to write the archive (default: standard output)')
    .addHelpText('after', '\nExample:\n  cox image make --binary ./app --tag app:1 | cox image load -')
    .action((flags: ImageMakeOptions) => imageMake(flags, context))
}

const elfMagic = '\u007FELF'

export async function imageMake({ binary, tag, cmd, env, output }: ImageMakeOptions, { io }: CliContext): Promise<void> {
  if (!output && io.out.isTTY) throw new CliError('usage', 'an archive is not for a terminal', 'add --output FILE, or | cox image load -')
  const content = await readFile(binary).catch((cause: Error) => {
    throw new CliError('image', `${binary} cannot be read: ${cause.message}`, 'give the path of a statically linked program', cause)
  })
  if (content.subarray(0, 4).toString('latin1') !== elfMagic)
    throw new CliError('image', `${binary} is not a Linux program`, 'give a statically linked ELF file; a script needs an interpreter in the image')
  if (isDynamic(content)) io.err.write(`Note: ${binary} is linked dynamically; its libraries are not in the image\n`)
  const path = `bin/${basename(binary)}`
  const { archive, reference, digest } = await packImage({
    tag,
    architecture: architectureOf(process.arch),
    files: [{ path, content }],
    entrypoint: [`/${path}`],
    ...(cmd ? { cmd } : {}),
    ...(env ? { env } : {}),
  })
  if (output) await writeFile(output, archive)
  else io.out.write(archive)
  io.err.write(`${reference} ${digest}\n`)
}

/** Whether some program header names an interpreter (PT_INTERP): the dynamic linker. */
function isDynamic(elf: Buffer): boolean {
  if (elf.length < 64) return false
  const [offset, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)]
  return Array.from({ length: count }, (_, index) => offset + index * size).some((at) => at + 4 <= elf.length && elf.readUInt32LE(at) === 3)
}
