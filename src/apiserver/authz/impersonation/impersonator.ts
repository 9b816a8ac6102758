// Who may act as whom. Constrained modes come first: each needs `impersonate:<mode>` for the wanted user and
// `impersonate-on:<mode>:<verb>` for the request itself; the old `impersonate` verb, which allows any request, comes last.
//
//   associated-node   a service account acts as the node its token names
//   arbitrary-node    any system:node:*            only the user name may be given
//   serviceaccount    any service account          only the user name may be given
//   user-info         everybody else, with uid, groups and extra
//   (legacy)          verb `impersonate`
//
// Source: k8s.io/apiserver pkg/endpoints/filters/impersonation/{mode,constrained_impersonation}.go; KEP-5284.
import type { ApiError } from '../../../apimachinery/api-error.ts'
import type { UserInfo } from '../../authn/user.ts'
import {
  allAuthenticated,
  allUnauthenticated,
  anonymousName,
  mastersGroup,
  nodeNameOf,
  nodesGroup,
  serviceAccountGroups,
  splitServiceAccountName,
  withGroup,
} from '../../authn/well-known-users.ts'
import type { Attributes, Authorizer } from '../authorizer.ts'
import { forbiddenError } from '../forbidden.ts'
import { ask, type Questions } from '../questions.ts'
import type { WantedUser } from './wanted-user.ts'

interface Mode {
  readonly name: 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info' | 'legacy'
  applies(wanted: WantedUser, requestor: UserInfo): boolean
}

const onlyName = ({ uid, groups, extra }: WantedUser) => !uid && groups.length === 0 && extra.size === 0

const modes: readonly Mode[] = [
  { name: 'associated-node', applies: (wanted, requestor) => onlyName(wanted) && isNodeOf(requestor, wanted.name) },
  { name: 'arbitrary-node', applies: (wanted) => onlyName(wanted) && nodeNameOf(wanted.name) !== undefined },
  { name: 'serviceaccount', applies: (wanted) => onlyName(wanted) && splitServiceAccountName(wanted.name) !== undefined },
  { name: 'user-info', applies: ({ name }) => nodeNameOf(name) === undefined && splitServiceAccountName(name) === undefined },
  { name: 'legacy', applies: () => true },
]

function isNodeOf(requestor: UserInfo, wantedName: string): boolean {
  const node = nodeNameOf(wantedName)
  const names = requestor.extra.get('authentication.kubernetes.io/node-name') ?? []
  return node !== undefined && splitServiceAccountName(requestor.name) !== undefined && names.length === 1 && names[0] === node
}

/** The mode that last worked for a requestor is tried first: whoever has the old right pays for one check, not five. */
const rememberedMax = 10_000
/** From so many groups or extra values on, one check for all of them is tried first. */
const manyChecks = 4

/** Whom to act as, and for audits by which verb of a constrained mode ('' for the old right). */
interface Impersonated {
  readonly user: UserInfo
  readonly constraint: string
}

export class Impersonator {
  readonly #authorizer: Authorizer
  readonly #lastMode = new Map<string, Mode>()

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer
  }

  /**
   * @param attributes the request as its real sender's
   * @throws {ApiError} 403, the first refusal
   */
  impersonate(wanted: WantedUser, attributes: Attributes): Impersonated | Promise<Impersonated> {
    return ask(this.#authorizer, this.#questions(wanted, attributes))
  }

  *#questions(wanted: WantedUser, attributes: Attributes): Questions<Impersonated> {
    const { user } = attributes
    const last = this.#lastMode.get(user.name)
    const inOrder = last ? [last, ...modes.filter((m) => m !== last)] : modes
    let refusal: ApiError | undefined
    for (const mode of inOrder) {
      if (!mode.applies(wanted, user)) continue
      const failure = yield* checkMode(mode, wanted, attributes)
      if (!failure) {
        if (this.#lastMode.size >= rememberedMax) this.#lastMode.clear()
        this.#lastMode.set(user.name, mode)
        return { user: becomes(wanted, mode), constraint: mode.name === 'legacy' ? '' : `impersonate:${mode.name}` }
      }
      refusal ??= failure
    }
    throw refusal
  }
}

/** What refuses, if anything. */
type Check = Questions<ApiError | undefined>

function* checkMode(mode: Mode, wanted: WantedUser, attributes: Attributes): Check {
  const associated = mode.name === 'associated-node'
  const requestor = associated ? withoutExtra(attributes.user) : attributes.user
  if (mode.name === 'legacy') return yield* checkUser('impersonate', '', wanted, requestor, false)
  return (
    (yield* refusalOf({ ...attributes, user: requestor, verb: `impersonate-on:${mode.name}:${attributes.verb}` })) ??
    (yield* checkUser(`impersonate:${mode.name}`, authenticationGroup, wanted, requestor, associated))
  )
}

function* checkUser(verb: string, apiGroup: string, wanted: WantedUser, requestor: UserInfo, anyNode: boolean): Check {
  const constrained = verb !== 'impersonate'
  const asks = { user: requestor, verb, isResourceRequest: true, apiVersion: 'v1', namespace: '', subresource: '', path: '' }
  const account = splitServiceAccountName(wanted.name)
  const node = constrained ? nodeNameOf(wanted.name) : undefined
  const who = account
    ? { resource: 'serviceaccounts', ...account }
    : node
      ? { resource: 'nodes', name: anyNode ? '*' : node }
      : { resource: 'users', name: wanted.name }
  const refusal = yield* refusalOf({ ...asks, apiGroup, ...who })
  if (refusal) return refusal
  if (wanted.uid) {
    const refusedUid = yield* refusalOf({ ...asks, apiGroup: authenticationGroup, resource: 'uids', name: wanted.uid })
    if (refusedUid) return refusedUid
  }
  return (
    (yield* checkGroups({ ...asks, apiGroup, resource: 'groups', name: '' }, wanted.groups, constrained)) ??
    (yield* checkExtra({ ...asks, apiGroup: authenticationGroup, resource: 'userextras', name: '' }, wanted.extra, constrained))
  )
}

function* checkGroups(asks: Attributes, groups: readonly string[], constrained: boolean): Check {
  if (constrained) {
    if (groups.includes('')) return forbiddenError(asks, 'impersonating the empty string group is not allowed')
    if (groups.includes(mastersGroup)) return forbiddenError({ ...asks, name: mastersGroup }, 'impersonating the system:masters group is not allowed')
    if (groups.length >= manyChecks && !(yield* refusalOf({ ...asks, name: '*' }))) return undefined
  }
  return yield* firstRefusal(groups, (name) => ({ ...asks, name }))
}

function* checkExtra(asks: Attributes, extra: WantedUser['extra'], constrained: boolean): Check {
  const pairs = [...extra].flatMap(([key, values]) => values.map((value) => [key, value] as const))
  if (constrained) {
    const invalid = invalidExtra(extra)
    if (invalid) return forbiddenError(asks, invalid)
    if (pairs.length >= manyChecks && !(yield* refusalOf({ ...asks, subresource: '*', name: '*' }))) return undefined
  }
  return yield* firstRefusal(pairs, ([subresource, name]) => ({ ...asks, subresource, name }))
}

function* firstRefusal<T>(items: readonly T[], attributes: (item: T) => Attributes): Check {
  for (const item of items) {
    const refusal = yield* refusalOf(attributes(item))
    if (refusal) return refusal
  }
  return undefined
}

function* refusalOf(attributes: Attributes): Check {
  const { outcome, reason } = yield attributes
  return outcome === 'allow' ? undefined : forbiddenError(attributes, reason)
}

const authenticationGroup = 'authentication.k8s.io'

/** The decision must not depend on which node: only the names of the extra keys stay. */
const withoutExtra = (user: UserInfo): UserInfo => ({
  ...user,
  extra: new Map([['authentication.kubernetes.io/associated-node-keys', [...user.extra.keys()].toSorted()]]),
})

function invalidExtra(extra: WantedUser['extra']): string | undefined {
  for (const [key, values] of extra) {
    if (!key) return 'impersonating the empty string key in extra is not allowed'
    if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed'
  }
  return undefined
}

function becomes({ name, uid, groups: asked, extra }: WantedUser, mode: Mode): UserInfo {
  const account = splitServiceAccountName(name)
  const isNode = mode.name === 'associated-node' || mode.name === 'arbitrary-node'
  const groups = isNode ? [nodesGroup] : account && asked.length === 0 ? serviceAccountGroups(account.namespace) : asked
  const user: UserInfo = { name, groups, extra, ...(uid ? { uid } : {}) }
  if (name === anonymousName) return withGroup(user, allUnauthenticated)
  return groups.includes(allUnauthenticated) ? user : withGroup(user, allAuthenticated)
}
