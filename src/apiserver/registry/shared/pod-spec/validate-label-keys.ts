// matchLabelKeys and mismatchLabelKeys: keys whose values of the incoming pod are merged into a selector when it is created.
import type { LabelSelector } from '../../../../api/meta/v1.ts'
import { type FieldError, forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { validateLabelName } from '../../../../apimachinery/validation/labels.ts'

type Keys = readonly string[] | undefined

function validateKeys(field: string, keys: Keys, selector: LabelSelector | undefined): readonly FieldError[] {
  if (!keys?.length) return []
  if (!selector) return [forbidden(field, 'must not be specified when labelSelector is not set')]
  return keys.flatMap((key, index) => validateLabelName(`${field}[${index}]`, key))
}

/** The merged-in requirement is one of the selector's; a second one of the same key comes from the user. */
function validateNotInSelector(field: string, matchKeys: readonly string[], selector: LabelSelector): readonly FieldError[] {
  const seen = new Set(Object.keys(selector.matchLabels ?? {}))
  const errors: FieldError[] = []
  for (const { key } of selector.matchExpressions ?? []) {
    const index = matchKeys.lastIndexOf(key)
    if (index >= 0 && seen.has(key)) errors.push(invalid(`${field}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'))
    seen.add(key)
  }
  return errors
}

/** @param field of the term; its keys are below it */
export function validateMatchLabelKeys(field: string, matchKeys: Keys, mismatchKeys: Keys, selector: LabelSelector | undefined): readonly FieldError[] {
  return [
    ...validateKeys(`${field}.matchLabelKeys`, matchKeys, selector),
    ...validateKeys(`${field}.mismatchLabelKeys`, mismatchKeys, selector),
    ...(selector ? validateNotInSelector(field, matchKeys ?? [], selector) : []),
    ...(matchKeys ?? []).flatMap((key, index) =>
      mismatchKeys?.includes(key) ? [invalid(`${field}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')] : [],
    ),
  ]
}
