import { randomUUID } from 'node:crypto'
import type { Filter } from '../handler-chain.ts'

/** Upstream's bound for ids that clients choose. */
const auditIdLengthMax = 64

/** Every request has an id: the client's `Audit-Id`, or a new one. It goes back as a header and into logs and audit events. */
export const auditId: Filter = {
  name: 'audit-id',
  wrap: (next) => (request) => {
    const given = request.headers['audit-id']
    request.auditId = given ? given.slice(0, auditIdLengthMax) : randomUUID()
    return next(request)
  },
}
