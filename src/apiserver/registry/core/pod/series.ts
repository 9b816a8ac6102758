// Pods come in series: a controller makes hundreds from one template, which differ in their names only. Checking the first of them takes
// as long as all the rest of its creation; of the others it is known that they are faultless, as long as all that was looked at is the same.
import type { Pod } from '../../../../api/core/v1.ts'
import type { FieldError } from '../../../../apimachinery/field-errors.ts'
import { RecentMap } from '../../../../util/recent-map.ts'
import { podWarnings } from '../../shared/pod-spec/warnings.ts'
import { validateCreate } from './validate-create.ts'

/** Some hundred templates of usual size. */
const charactersMax = 2 ** 20

/** What the rules of pods and their warnings look at, as text; undefined where they look at a pod's name, too. */
function textOf({ metadata, spec }: Pod): string | undefined {
  const volumes = spec.volumes ?? []
  if (volumes.some((volume) => volume.ephemeral) || spec.resourceClaims?.length) return undefined
  return JSON.stringify([metadata.annotations, spec])
}

/** Remembers the pods without errors, by their texts, with their warnings. */
export class PodSeries {
  readonly #faultless = new RecentMap<readonly string[]>(charactersMax)
  /** The pod that was looked at last, so that its warnings are found without its text. */
  #last: { readonly pod: Pod; readonly warnings: readonly string[] } | undefined

  /** {@link validateCreate}, remembered. */
  validate(pod: Pod): readonly FieldError[] {
    this.#last = undefined
    const text = textOf(pod)
    const known = text === undefined ? undefined : this.#faultless.get(text)
    const errors = known ? [] : validateCreate(pod)
    if (errors.length > 0) return errors
    const warnings = known ?? podWarnings('', pod)
    if (text !== undefined && !known) this.#faultless.set(text, warnings)
    this.#last = { pod, warnings }
    return errors
  }

  /** {@link podWarnings} of a pod, remembered if it was validated last. */
  warnings(pod: Pod): readonly string[] {
    return this.#last?.pod === pod ? this.#last.warnings : podWarnings('', pod)
  }
}
