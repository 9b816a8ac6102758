// Gives every pod an identity: its service account, a short-lived token mounted where clients look for it, and the account's
// image pull secrets. Source: k8s.io/kubernetes plugin/pkg/admission/serviceaccount/admission.go.
import { secretReferences } from '../../../api/core/pod-references.ts'
import type { Container, Pod, ServiceAccount, Volume } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Lister } from '../../../client/informers/informer.ts'
import type { Clock } from '../../../util/clock.ts'
import { randomSuffix, type Rand, safeEncode } from '../../../util/rand.ts'
import type { AdmissionPlugin, MutatingAttributes, ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'
import { checkMountableSecrets } from './mountable-secrets.ts'

export interface ServiceAccountDependencies {
  readonly serviceAccounts: Pick<Lister<ServiceAccount>, 'get'>
  readonly rand: Rand
  readonly clock: Pick<Clock, 'sleep'>
}

const accountDefault = 'default'
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
const suffixLength = 5
/** An hour, and seven seconds by which tokens made here can be told from others. */
const tokenExpirationSeconds = 60 * 60 + 7
/** Upstream's: ten looks, 100 to 200 ms apart. */
const attemptsMax = 10
const retryMsMin = 100
const mirrorAnnotation = 'kubernetes.io/config.mirror'

const tokenVolume = (name: string): Mutable<Volume> => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: tokenExpirationSeconds } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
    defaultMode: 0o644,
  },
})

const wantsToken = ({ spec }: Pod, account: ServiceAccount) => spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true

/** Only the pod's own volumes must have other names. The pods of an account have the same one, so that those of a series are alike. */
function unusedName(taken: ReadonlySet<string>, account: ServiceAccount, rand: Rand): string {
  let name = volumePrefix + safeEncode(account.metadata.uid.slice(0, suffixLength))
  while (taken.has(name)) name = volumePrefix + randomSuffix(suffixLength, rand)
  return name
}

function mountToken(pod: Mutable<Pod>, account: ServiceAccount, rand: Rand): void {
  const { spec } = pod
  const existing = spec.volumes?.find((v) => v.name.startsWith(volumePrefix) && v.projected)
  const taken = new Set(spec.volumes?.map((v) => v.name))
  const name = existing?.name ?? unusedName(taken, account, rand)
  const bare = [...(spec.initContainers ?? []), ...spec.containers].filter((c: Mutable<Container>) => !c.volumeMounts?.some((m) => m.mountPath === mountPath))
  for (const container of bare) (container.volumeMounts ??= []).push({ name, readOnly: true, mountPath })
  if (bare.length && !existing) (spec.volumes ??= []).push(tokenVolume(name))
}

const isPodRequest = ({ resource, subresource }: ValidatingAttributes) =>
  resource.group === '' && resource.plural === 'pods' && (subresource === '' || subresource === 'ephemeralcontainers')
const isMirror = (pod: Pod) => Object.hasOwn(pod.metadata.annotations ?? {}, mirrorAnnotation)

/** Pods of which only an image is stored: they reference nothing of the cluster. @throws {ApiError} 403 */
function checkMirror(attributes: ValidatingAttributes, pod: Pod): void {
  if (pod.spec.serviceAccountName) throw refuse(attributes, 'a mirror pod may not reference service accounts')
  if (!secretReferences(pod).next().done) throw refuse(attributes, 'a mirror pod may not reference secrets')
  if (pod.spec.volumes?.some((v) => v.projected?.sources?.some((source) => source.serviceAccountToken))) {
    throw refuse(attributes, 'a mirror pod may not use ServiceAccountToken volume projections')
  }
}

export function newServiceAccountAdmission({ serviceAccounts, rand, clock }: ServiceAccountDependencies): AdmissionPlugin {
  /** @throws {ApiError} 403 */
  function accountOf(attributes: ValidatingAttributes, name: string): ServiceAccount {
    const { namespace } = attributes
    const account = serviceAccounts.get(`${namespace}/${name}`)
    if (!account) throw refuse(attributes, `error looking up service account ${namespace}/${name}: serviceaccount ${goQuote(name)} not found`)
    return account
  }

  function validate(attributes: ValidatingAttributes): void {
    const { operation, subresource, namespace } = attributes
    const pod = attributes.object as Pod
    if (operation === 'UPDATE') {
      if (subresource !== 'ephemeralcontainers' || isMirror(pod)) return
      const account = accountOf(attributes, pod.spec.serviceAccountName || accountDefault)
      return checkMountableSecrets(attributes, pod, account, (reference) => 'list' in reference && reference.list === 'ephemeralContainers')
    }
    if (subresource) return
    if (isMirror(pod)) return checkMirror(attributes, pod)
    const { serviceAccountName } = pod.spec
    if (!serviceAccountName) throw refuse(attributes, `no service account specified for pod ${namespace}/${pod.metadata.name}`)
    checkMountableSecrets(attributes, pod, accountOf(attributes, serviceAccountName))
  }

  function admitPod(attributes: MutatingAttributes): void {
    const pod = attributes.object as Mutable<Pod>
    if (!isMirror(pod as Pod)) {
      pod.spec.serviceAccountName ||= accountDefault
      pod.spec.serviceAccount = pod.spec.serviceAccountName
      const account = accountOf(attributes, pod.spec.serviceAccountName)
      if (wantsToken(pod as Pod, account)) mountToken(pod, account, rand)
      if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length) pod.spec.imagePullSecrets = account.imagePullSecrets.map((s) => ({ ...s }))
    }
    validate(attributes)
  }

  /** A new namespace's default account comes from a controller: whoever is faster than that waits for it. */
  function isAwaited({ namespace, object }: MutatingAttributes): boolean {
    const { spec } = object as Mutable<Pod>
    const name = spec.serviceAccountName || accountDefault
    return name === accountDefault && !isMirror(object as unknown as Pod) && !serviceAccounts.get(`${namespace}/${accountDefault}`)
  }

  async function waitForDefault(attributes: MutatingAttributes): Promise<void> {
    const retryMs = retryMsMin * (1 + rand())
    for (let attempt = 1; attempt < attemptsMax && isAwaited(attributes); attempt++) await clock.sleep(retryMs)
    admitPod(attributes)
  }

  return {
    name: 'ServiceAccount',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    inputs(attributes) {
      if (!isPodRequest(attributes)) return []
      const { spec } = attributes.object as Pod
      return spec.serviceAccountName ? [() => serviceAccounts.get(`${attributes.namespace}/${spec.serviceAccountName}`)] : undefined
    },
    admit(attributes) {
      if (!isPodRequest(attributes) || attributes.operation !== 'CREATE' || attributes.subresource) return undefined
      return isAwaited(attributes) ? waitForDefault(attributes) : admitPod(attributes)
    },
    validate(attributes) {
      if (isPodRequest(attributes)) validate(attributes)
    },
  }
}
