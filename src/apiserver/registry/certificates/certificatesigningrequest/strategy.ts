// CertificateSigningRequests. Source: pkg/registry/certificates/certificates/strategy.go.
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../../api/certificates/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { formatTime } from '../../../../util/clock.ts'
import type { RequestContext, Strategy } from '../../generic/strategy.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { validateSigningRequest, validateSigningRequestUpdate } from './validate.ts'
import { ownCopy } from '../../shared/own-copy.ts'

type Draft = Mutable<CertificateSigningRequest>
type Condition = Mutable<CertificateSigningRequestCondition>

/** Who asks is what the server knows of them, not what they say. */
function recordRequester({ user }: RequestContext, { spec }: Draft): void {
  spec.username = user.name
  if (user.uid) spec.uid = user.uid
  else delete spec.uid
  spec.groups = [...user.groups]
  if (user.extra.size > 0) spec.extra = Object.fromEntries([...user.extra].map(([key, values]) => [key, [...values]]))
  else delete spec.extra
}

/** A condition that was there already keeps its time of transition; the others happen now. */
function setTimes({ clock }: RequestContext, { status }: Draft, old: CertificateSigningRequest): void {
  const now = formatTime(clock.now())
  for (const condition of status?.conditions ?? []) {
    const before = (old.status?.conditions ?? []).find(({ type, status: value }) => type === condition.type && value === condition.status)
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now
    condition.lastUpdateTime ??= now
  }
}

/** Decisions are made through `approval`: elsewhere they stay as they are, when they are still there. */
function keepDecisions({ status }: Draft, old: CertificateSigningRequest): void {
  if (!status?.conditions) return
  for (const type of ['Approved', 'Denied']) {
    const before = (old.status?.conditions ?? []).filter((condition) => condition.type === type)
    const now = status.conditions.filter((condition) => condition.type === type)
    if (before.length !== now.length) continue
    let next = 0
    status.conditions = status.conditions.map((condition) => (condition.type === type ? (ownCopy(before[next++]) as Condition) : condition))
  }
}

/** Upstream's schema takes the bytes of the request for a list, so that its managed fields are never written. */
function dropManagedFields({ metadata }: Draft): void {
  delete metadata.managedFields
}

const keepSpec = (request: Draft, old: CertificateSigningRequest) => {
  dropManagedFields(request)
  request.spec = ownCopy(old.spec) as Draft['spec']
}

export const certificateSigningRequestStrategy: Strategy<CertificateSigningRequest> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  prepareForCreate(context, request) {
    dropManagedFields(request)
    recordRequester(context, request)
    clearStatus(request)
  },
  prepareForUpdate(_, request, old) {
    keepSpec(request, old)
    keepStatus(request, old)
  },
  validate: (_, request) => validateSigningRequest(request),
  validateUpdate: (_, request, old) => validateSigningRequestUpdate(request, old, undefined),
  subresources: {
    status: {
      metadataChecksOnUpdate: ['whole', 'changes'],
      prepareForUpdate(context, request, old) {
        keepSpec(request, old)
        keepDecisions(request, old)
        setTimes(context, request, old)
      },
      validateUpdate: (_, request, old) => validateSigningRequestUpdate(request, old, 'sign'),
    },
    approval: {
      prepareForUpdate(context, request, old) {
        keepSpec(request, old)
        const conditions = request.status?.conditions
        keepStatus(request, old)
        request.status = { ...request.status }
        if (conditions) request.status.conditions = conditions
        else delete request.status.conditions
        setTimes(context, request, old)
      },
      validateUpdate: (_, request, old) => validateSigningRequestUpdate(request, old, 'approve'),
    },
  },
}
