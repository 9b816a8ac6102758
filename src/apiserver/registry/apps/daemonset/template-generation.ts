// The template generation of a DaemonSet: a number of its own, which apps/v1 shows as an annotation only.
// Source: pkg/apis/apps/v1/conversion.go (DaemonSet), pkg/registry/apps/daemonset/strategy.go.
import type { DaemonSet } from '../../../../api/apps/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { badRequest } from '../../../../apimachinery/api-error.ts'
import { parseInt64, parseIntError } from '../../../../apimachinery/strconv.ts'

const key = 'deprecated.daemonset.template.generation'

/** 0 when the annotation is absent. @throws {ApiError} 400 when it is no integer of 64 bits */
export function templateGeneration({ metadata }: DaemonSet): bigint {
  const text = metadata.annotations?.[key]
  if (text === undefined) return 0n
  const generation = parseInt64(text)
  if (generation === undefined) throw badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: ${parseIntError(text)}`)
  return generation
}

export function setTemplateGeneration({ metadata }: Mutable<DaemonSet>, generation: bigint): void {
  metadata.annotations = { ...metadata.annotations, [key]: String(generation) }
}
