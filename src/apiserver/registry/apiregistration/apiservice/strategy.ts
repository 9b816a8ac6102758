// APIServices. Source: k8s.io/kube-aggregator pkg/registry/apiservice/strategy.go, pkg/apis/apiregistration/{v1/defaults.go,validation}.
import type { APIService, APIServiceSpec } from '../../../../api/apiregistration/v1.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1035Label, isPathSegmentName, isPortNumber } from '../../../../apimachinery/validation/names.ts'
import { formatTime } from '../../../../util/clock.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { keepStatus, statusAlone } from '../../shared/status.ts'

const httpsPort = 443
const groupPriorityMax = 20_000
const versionPriorityMax = 1000

function validateService(service: NonNullable<APIServiceSpec['service']>): readonly FieldError[] {
  const { namespace, name, port = httpsPort } = service
  return [
    ...(namespace ? [] : [required('spec.service.namespace')]),
    ...(name ? [] : [required('spec.service.name')]),
    ...isPortNumber(port).map((message) => invalid('spec.service.port', port, `port is not valid: ${message}`)),
  ]
}

function validateTls({ service, caBundle = '', insecureSkipTLSVerify: insecure }: APIServiceSpec): readonly FieldError[] {
  const field = 'spec.insecureSkipTLSVerify'
  if (service) return insecure && caBundle ? [invalid(field, true, 'may not be true if caBundle is present')] : []
  const bytes = Buffer.from(caBundle, 'base64').length
  return [
    ...(bytes > 0 ? [invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle')] : []),
    ...(insecure ? [invalid(field, true, 'local APIServices may not have insecureSkipTLSVerify')] : []),
  ]
}

function validate({ metadata, spec }: APIService): readonly FieldError[] {
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service } = spec
  const name = `${version}.${group}`
  const positive = (field: string, value: number, max: number) =>
    value > 0 && value <= max ? [] : [invalid(field, value, `must be positive and less than ${max}`)]
  return [
    ...(metadata.name === name ? [] : [invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: ${goQuote(name)}`)]),
    ...(group === '' && version !== 'v1' ? [required('spec.group', 'only v1 may have an empty group and it better be legacy kube')] : []),
    ...(group ? subdomain('spec.group', group) : []),
    ...invalidAll('spec.version', version, isDns1035Label(version)),
    ...positive('spec.groupPriorityMinimum', groupPriorityMinimum, groupPriorityMax),
    ...positive('spec.versionPriority', versionPriority, versionPriorityMax),
    ...(service ? validateService(service) : []),
    ...validateTls(spec),
  ]
}

const local = { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' } as const

export const apiServiceStrategy: Strategy<APIService> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['changes', 'whole'],
  validateName: isPathSegmentName,
  defaults({ spec }) {
    if (spec.service) spec.service.port ??= httpsPort
  },
  prepareForCreate({ clock }, apiService) {
    // What this server answers itself needs nobody to look whether it is there.
    apiService.status = apiService.spec.service ? {} : { conditions: [{ ...local, lastTransitionTime: formatTime(clock.now()) }] }
  },
  prepareForUpdate: (_, apiService, old) => keepStatus(apiService, old),
  validate: (_, apiService) => validate(apiService),
  validateUpdate: (_, apiService) => validate(apiService),
  subresources: { status: statusAlone },
}
