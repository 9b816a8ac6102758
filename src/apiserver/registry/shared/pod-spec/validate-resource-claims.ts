import type { PodResourceClaim } from '../../../../api/core/v1.ts'
import { duplicate, emptyPath, type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { internalForm } from './internal-form.ts'
import { label, subdomain } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'

export function validatePodClaims(field: string, claims: readonly PodResourceClaim[] = [], options: PodValidationOptions): readonly FieldError[] {
  const names = new Set<string>()
  return claims.flatMap((claim, index) => {
    const path = `${field}[${index}]`
    const { name, resourceClaimName: own, resourceClaimTemplateName: template } = claim
    if (options.isMirror) return [forbidden(emptyPath, 'static pods do not support resource claims')]
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${path}.name`))
    else if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
    else errors.push(...label(`${path}.name`, name))
    names.add(name)
    const whole = () => internalForm('PodResourceClaim', claim)
    if (own !== undefined && template !== undefined) {
      errors.push(invalid(path, whole(), 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'))
    }
    if (own === undefined && template === undefined) {
      errors.push(invalid(path, whole(), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    }
    if (own !== undefined) errors.push(...subdomain(`${path}.resourceClaimName`, own))
    if (template !== undefined) errors.push(...subdomain(`${path}.resourceClaimTemplateName`, template))
    return errors
  })
}
