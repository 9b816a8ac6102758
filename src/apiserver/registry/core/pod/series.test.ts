import { describe, expect, test } from 'vitest'
import type { Pod } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { podWarnings } from '../../shared/pod-spec/warnings.ts'
import { podDefaults } from './defaults.ts'
import { PodSeries } from './series.ts'
import { validateCreate } from './validate-create.ts'

function pod(name: string, change: (pod: Mutable<Pod>) => void = () => {}): Pod {
  const container = { name: 'c', image: 'i:1', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' }
  const made = { metadata: { name, namespace: 'n' }, spec: { serviceAccountName: 'default', containers: [container] } } as unknown as Mutable<Pod>
  change(made)
  podDefaults(made)
  return made as Pod
}

const withVolume =
  (name: string, more: object = { emptyDir: {} }) =>
  (made: Mutable<Pod>) => {
    const mounted = made.spec as unknown as { volumes: object[]; containers: { volumeMounts?: object[] }[] }
    mounted.volumes = [{ name, ...more }]
    mounted.containers[0]!.volumeMounts = [{ name, mountPath: '/v' }]
  }

const withAnnotation = (key: string, value: string) => (made: Mutable<Pod>) => void (made.metadata.annotations = { [key]: value })

/** Each is looked at after all that stand before it have been remembered: what a remembered one says must be what a fresh look says. */
const one = pod('one')
const cases: readonly (readonly [string, Pod])[] = [
  ['the first of a series', one],
  ['the second', pod('two')],
  ['other annotations', pod('three', withAnnotation('security.alpha.kubernetes.io/sysctls', 'x=1'))],
  ['a profile that annotation and field disagree on', pod('four', withAnnotation('container.seccomp.security.alpha.kubernetes.io/c', 'nonsense'))],
  ['with a token', pod('five', withVolume('kube-api-access-abcde'))],
  ['with another token', pod('six', withVolume('kube-api-access-fghij'))],
  ['a volume whose name only begins as that of tokens', pod('seven', withVolume('kube-api-access-'))],
  ['with NUL where the name of the token was', pod('eight', withVolume('\0'))],
  [
    'two volumes of one name',
    pod('nine', (made) => {
      withVolume('kube-api-access-abcde')(made)
      const spec = made.spec as unknown as { volumes: object[] }
      spec.volumes.push(...spec.volumes)
    }),
  ],
  [
    'a mount of another token',
    pod('ten', (made) => {
      withVolume('kube-api-access-abcde')(made)
      ;(made.spec as unknown as { containers: { volumeMounts: object[] }[] }).containers[0]!.volumeMounts = [{ name: 'kube-api-access-fghij', mountPath: '/v' }]
    }),
  ],
  ['an image that is missing', pod('eleven', (made) => void ((made.spec.containers[0] as { image: string }).image = ''))],
  ['and missing again', pod('twelve', (made) => void ((made.spec.containers[0] as { image: string }).image = ''))],
  [
    'duplicate secrets: a warning',
    pod('thirteen', (made) => void ((made.spec as { imagePullSecrets: object[] }).imagePullSecrets = [{ name: 's' }, { name: 's' }])),
  ],
  [
    'the warning of its brother',
    pod('fourteen', (made) => void ((made.spec as { imagePullSecrets: object[] }).imagePullSecrets = [{ name: 's' }, { name: 's' }])),
  ],
  [
    'a claim of its own',
    pod(
      'fifteen',
      withVolume('data', { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }),
    ),
  ],
  [
    'a claim whose name is too long with that of the pod',
    pod(
      'p'.repeat(250),
      withVolume('data', { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }),
    ),
  ],
]

describe('what is said of a pod does not depend on those that came before', () => {
  const series = new PodSeries()
  test.each(cases)('%s', (_, made) => {
    for (let time = 0; time < 2; time++) {
      const errors = series.validate(made)
      expect(errors.map(fieldErrorMessage)).toEqual(validateCreate(made).map(fieldErrorMessage))
      if (errors.length === 0) expect(series.warnings(made)).toEqual(podWarnings('', made))
    }
  })

  test('warnings of a pod that was not validated last', () => {
    series.validate(one)
    const other = pod('other', (made) => void ((made.spec as { imagePullSecrets: object[] }).imagePullSecrets = [{ name: 's' }, { name: 's' }]))
    expect(series.warnings(other)).toEqual(podWarnings('', other))
  })
})
