// The template generation of a DaemonSet: a number of its own, which apps/v1 shows as an annotation only.
// Source: pkg/apis/apps/v1/conversion.go (DaemonSet), pkg/registry/apps/daemonset/strategy.go.
import type { DaemonSet } from '../../../../api/apps/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { badRequest } from '../../../../apimachinery/api-error.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'

const key = 'deprecated.daemonset.template.generation'

/** 0 when the annotation is absent. @throws {ApiError} 400 when it is no integer */
export function templateGeneration({ metadata }: DaemonSet): number {
  const text = metadata.annotations?.[key]
  if (text === undefined) return 0
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw badRequest(`DaemonSet in version "v1" cannot be handled as a DaemonSet: strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`)
  }
  return Number(text)
}

export function setTemplateGeneration({ metadata }: Mutable<DaemonSet>, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [key]: String(generation) }
}
