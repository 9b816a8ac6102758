// ServiceCIDRs. Source: pkg/registry/networking/servicecidr/strategy.go, pkg/apis/networking/validation/validation.go.
import type { ServiceCIDR, ServiceCIDRSpec } from '../../../../api/networking/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { validateCidr, warningsForCidr } from '../../../../apimachinery/validation/ip.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import { parseCidrSloppy } from '../../../../util/ip.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus, statusAlone } from '../../shared/status.ts'

const field = 'spec.cidrs'
const oneEach = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'

function validate({ cidrs = [] }: ServiceCIDRSpec): readonly FieldError[] {
  if (cidrs.length === 0) return [required(field, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(field, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const [first, second] = cidrs.map((cidr) => parseCidrSloppy(cidr)?.ip.family)
  const sameFamily = first !== undefined && first === second
  return [...cidrs.flatMap((cidr, i) => validateCidr(`${field}[${i}]`, cidr)), ...(sameFamily ? [invalid(field, cidrs, oneEach)] : [])]
}

/** A second family may come on top; nothing else changes. */
function validateUpdate({ cidrs: now = [] }: ServiceCIDRSpec, { cidrs: before = [] }: ServiceCIDRSpec): readonly FieldError[] {
  const frozen = (i: number) => (now[i] === before[i] ? [] : [invalid(`${field}[${i}]`, now[i], immutableMessage)])
  if (now.length === before.length) return before.flatMap((_, i) => frozen(i))
  if (before.length === 1 && now.length === 2) return [...frozen(0), ...validate({ cidrs: now })]
  return [invalid(field, now, immutableMessage)]
}

const warnings = ({ spec }: ServiceCIDR) => (spec?.cidrs ?? []).flatMap((cidr, i) => warningsForCidr(`${field}[${i}]`, cidr))

export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  prepareForCreate: (_, cidr) => clearStatus(cidr),
  prepareForUpdate: (_, cidr, old) => keepStatus(cidr, old),
  validate: (_, { spec }) => validate(spec ?? {}),
  validateUpdate: (_, { spec }, old) => validateUpdate(spec ?? {}, old.spec ?? {}),
  warningsOnCreate: (_, cidr) => warnings(cidr),
  subresources: { status: { prepareForUpdate: statusAlone.prepareForUpdate! } },
}
