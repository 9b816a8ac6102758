// Which flow schema takes a request: the first one that matches. What depends on the user alone is worked out once per user.
import type { PolicyRulesWithSubjects } from '../../api/flowcontrol/v1.ts'
import type { UserInfo } from '../authn/user.ts'
import type { RequestInfo } from '../http/api-request.ts'
import { catchAllName } from './bootstrap-objects.ts'
import type { FlowSchemaEntry } from './flow-schema.ts'
import { matchesRequest, matchesSubject } from './rules.ts'

/** Users whose rules are remembered. */
const usersMax = 4096

interface Candidate {
  readonly schema: FlowSchemaEntry
  readonly rule: PolicyRulesWithSubjects
}

interface KnownUser {
  readonly groups: readonly string[]
  /** The rules that name the user or a group of his, in the order in which they are tried. */
  readonly candidates: readonly Candidate[]
}

export class Classifier {
  readonly #schemas: readonly FlowSchemaEntry[]
  readonly #fallback: FlowSchemaEntry
  readonly #users = new Map<string, KnownUser>()

  /** @param schemas in the order in which they are tried; one of them is `catch-all` */
  constructor(schemas: readonly FlowSchemaEntry[]) {
    this.#schemas = schemas
    this.#fallback = schemas.findLast(({ spec }) => spec.name === catchAllName)!
  }

  get schemas(): readonly FlowSchemaEntry[] {
    return this.#schemas
  }

  classify(info: RequestInfo, user: UserInfo): FlowSchemaEntry {
    for (const { schema, rule } of this.#candidates(user)) if (matchesRequest(info, rule)) return schema
    // Nobody: neither authenticated nor unauthenticated.
    return this.#fallback
  }

  #candidates(user: UserInfo): readonly Candidate[] {
    const known = this.#users.get(user.name)
    if (known && isSame(known.groups, user.groups)) return known.candidates
    const candidates = this.#schemas.flatMap((schema) =>
      schema.spec.rules.filter(({ subjects }) => matchesSubject(user, subjects)).map((rule) => ({ schema, rule })),
    )
    if (this.#users.size >= usersMax) this.#users.clear()
    this.#users.set(user.name, { groups: user.groups, candidates })
    return candidates
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true
  return a.length === b.length && a.every((group, i) => group === b[i])
}
