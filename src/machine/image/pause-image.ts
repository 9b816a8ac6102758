import type { Architecture } from './assembler.ts'
import { packImage, type PackedImage } from './pack.ts'
import { pauseProgram } from './pause.ts'

/** The name is nobody's on purpose: it can only be the image that is made here, never one from a registry. */
export const pauseImageName = 'coxswain.local/pause:1'

export function packPauseImage(architecture: Architecture): Promise<PackedImage> {
  return packImage({
    tag: pauseImageName,
    architecture,
    files: [{ path: 'pause', content: pauseProgram(architecture) }],
    entrypoint: ['/pause'],
    user: '65535:65535',
  })
}

/** @throws on a processor for which there is no pause program */
export function architectureOf(nodeArch: string): Architecture {
  if (nodeArch === 'x64') return 'amd64'
  if (nodeArch === 'arm64') return 'arm64'
  throw new Error(`nodes run on x86-64 and arm64 only, not on ${nodeArch}`)
}
