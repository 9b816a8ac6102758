import { parseFieldSelector, escapeFieldValue } from '../../../apimachinery/fields/selector.ts'
import { parseLabelSelector } from '../../../apimachinery/labels/parse.ts'
import { SelectorError } from '../../../apimachinery/labels/selector.ts'
import type { SelectorAttributes } from './access-validation.ts'

/** The text form of a review's selector. `error` says that it could not be read and was left out, which can only widen the question. */
export function selectorText(
  which: 'fieldSelector' | 'labelSelector',
  selector: SelectorAttributes | undefined,
): { readonly text: string; readonly error: string } {
  if (!selector) return { text: '', error: '' }
  const text = selector.rawSelector || (selector.requirements ?? []).flatMap((each) => requirementText(which, each)).join(',')
  try {
    if (which === 'fieldSelector') parseFieldSelector(text)
    else parseLabelSelector(text)
    return { text, error: '' }
  } catch (error) {
    if (error instanceof SelectorError) return { text: '', error: `spec.resourceAttributes.${which} ignored due to parse error` }
    throw error
  }
}

function requirementText(
  which: 'fieldSelector' | 'labelSelector',
  { key = '', operator = '', values = [] }: NonNullable<SelectorAttributes['requirements']>[number],
): readonly string[] {
  if (which === 'fieldSelector') {
    // A field selector knows equality only.
    if (values.length !== 1) return []
    if (operator === 'In') return [`${key}=${escapeFieldValue(values[0]!)}`]
    return operator === 'NotIn' ? [`${key}!=${escapeFieldValue(values[0]!)}`] : []
  }
  switch (operator) {
    case 'In':
      return [`${key} in (${values.join(',')})`]
    case 'NotIn':
      return [`${key} notin (${values.join(',')})`]
    case 'Exists':
      return [key]
    case 'DoesNotExist':
      return [`!${key}`]
    default:
      return []
  }
}
