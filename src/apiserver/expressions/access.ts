// The authorizer as expressions ask it: each question once for a request. Source: k8s.io/apiserver
// pkg/admission/plugin/authorizer/caching_authorizer.go.
import type { AccessDecision, AccessQuestion, AskAccess } from '../../cel/kubernetes/library/authorizer.ts'
import type { Attributes, Authorizer, Decision } from '../authz/authorizer.ts'
import type { UserInfo } from '../authn/user.ts'
import { serviceAccountGroups, serviceAccountName, user as userOf } from '../authn/well-known-users.ts'

const plain: Omit<Attributes, 'user' | 'verb'> = {
  isResourceRequest: false,
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  path: '',
}

const serviceAccountUser = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  userOf(serviceAccountName(namespace, name), serviceAccountGroups(namespace))

function attributesOf({ verb, serviceAccount, path, resource }: AccessQuestion, asking: UserInfo): Attributes {
  const user = serviceAccount ? serviceAccountUser(serviceAccount) : asking
  if (!resource) return { ...plain, user, verb, path: path ?? '' }
  const { group, resource: plural, subresource = '', namespace = '', name = '', fieldSelector, labelSelector } = resource
  return {
    ...plain,
    user,
    verb,
    isResourceRequest: true,
    apiGroup: group,
    apiVersion: '*',
    resource: plural,
    subresource,
    namespace,
    name,
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  }
}

const toDecision = ({ outcome, reason, error }: Decision): AccessDecision => ({
  allowed: outcome === 'allow',
  reason,
  ...(error === undefined ? {} : { error }),
})

/** @param user who makes the request */
export function askAs(authorizer: Authorizer, user: UserInfo): AskAccess {
  const known = new Map<string, AccessDecision | Promise<AccessDecision>>()
  return (question) => {
    const key = JSON.stringify(question)
    const before = known.get(key)
    if (before) return before
    const decided = authorizer.authorize(attributesOf(question, user))
    const answer = decided instanceof Promise ? decided.then(toDecision) : toDecision(decided)
    known.set(key, answer)
    if (answer instanceof Promise) void answer.then((decision) => known.set(key, decision))
    return answer
  }
}
