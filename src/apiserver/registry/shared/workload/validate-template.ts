// Templates and selectors of workloads whose pods never end. Source: pkg/apis/apps/validation/validation.go.
import type { PodTemplateSpec } from '../../../../api/core/v1.ts'
import type { LabelSelector } from '../../../../api/meta/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { selectorFromObject } from '../../../../apimachinery/labels/from-object.ts'
import { type Selector, SelectorError } from '../../../../apimachinery/labels/selector.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'

type MaybeSelector = LabelSelector | null | undefined

/** undefined: it says nothing that could be matched, which has been reported. */
export function parsedSelector(selector: MaybeSelector): Selector | undefined {
  try {
    return selectorFromObject(selector)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}

const isEmpty = ({ matchLabels, matchExpressions }: LabelSelector) => Object.keys(matchLabels ?? {}).length === 0 && !matchExpressions?.length

/** @param kind as upstream names it: `deployment` */
export function validateRequiredSelector(field: string, selector: MaybeSelector, kind: string): readonly FieldError[] {
  if (!selector) return [required(field)]
  return [...validateLabelSelector(field, selector), ...(isEmpty(selector) ? [emptySelector(field, selector, kind)] : [])]
}

const emptySelector = (field: string, selector: LabelSelector, kind: string) => invalid(field, selector, `empty selector is invalid for ${kind}`)

/** Like {@link validateRequiredSelector}, where nobody asks that there is one. */
export const validateNonEmptySelector = (field: string, selector: MaybeSelector, kind: string): readonly FieldError[] =>
  selector && isEmpty(selector) ? [emptySelector(field, selector, kind)] : []

/** The pods that a template makes are those that the selector selects. @param field of the template */
export function validateTemplateMatches(field: string, template: PodTemplateSpec | undefined, selector: Selector): readonly FieldError[] {
  const labels = template?.metadata?.labels
  return selector.matches(labels ?? {}) ? [] : [invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')]
}

/** Pods that are replaced when they end may not end by themselves. @param kind `ReplicaSet` */
export function validateEndless(field: string, { spec }: PodTemplateSpec, kind: string): readonly FieldError[] {
  const policy = spec?.restartPolicy ?? ''
  return [
    ...(policy === 'Always' ? [] : [notSupported(`${field}.spec.restartPolicy`, policy, ['Always'])]),
    ...(spec?.activeDeadlineSeconds === undefined
      ? []
      : [forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ]
}
