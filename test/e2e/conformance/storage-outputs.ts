// test/e2e/common/storage and test/e2e/storage/subpath.go: what a container finds in its volumes.
import type { Output } from './outputs.ts'
import { shell } from './suite.ts'

type Source = object
interface File {
  readonly name: string
  /** Volumes by what they are mounted at. */
  readonly volumes: readonly Source[]
  /** Below every volume. */
  readonly path: string
  readonly mode?: string
  readonly content: string
  readonly pod?: object
  readonly container?: object
}

/** A pod that shows mode and content of one file in each of its volumes. */
function fileOutput({ name, volumes, path, mode = '-rw-r--r--', content, pod = {}, container = {} }: File): Output {
  const places = volumes.map((_, index) => `/volume-${index}`)
  const script = places.map((place) => `stat -L -c %A ${place}/${path}; cat ${place}/${path}; echo`).join('; ')
  return {
    name,
    spec: {
      ...pod,
      volumes: volumes.map((source, index) => ({ name: `v${index}`, ...source })),
      containers: [{ command: shell(script), volumeMounts: places.map((mountPath, index) => ({ name: `v${index}`, mountPath })), ...container }],
    },
    log: places.flatMap(() => [mode, content]),
  }
}

const mapped = (mode?: number) => [{ key: 'data-2', path: 'path/to/data-2', ...(mode ? { mode } : {}) }]
const nonRoot = { securityContext: { runAsUser: 1000 } }
const grouped = { securityContext: { runAsUser: 1000, fsGroup: 1001 } }
const read = 0o400
const readable = '-r--------'

const configMap = (more: object = {}) => ({ configMap: { name: 'values', ...more } })
const secret = (more: object = {}) => ({ secret: { secretName: 'values', ...more } })
const projectedConfigMap = (more: object = {}, volume: object = {}) => ({ projected: { ...volume, sources: [{ configMap: { name: 'values', ...more } }] } })
const projectedSecret = (more: object = {}, volume: object = {}) => ({ projected: { ...volume, sources: [{ secret: { name: 'values', ...more } }] } })

const plain = { path: 'data-1', content: 'value-1' }
const deep = { path: 'path/to/data-2', content: 'value-2' }

const files: readonly File[] = [
  { name: 'ConfigMap Volume, without mapping', volumes: [configMap()], ...plain },
  { name: 'ConfigMap Volume, without mapping, volume mode set', volumes: [configMap({ defaultMode: read })], ...plain, mode: readable },
  { name: 'ConfigMap Volume, without mapping, non-root user', volumes: [configMap()], ...plain, pod: nonRoot },
  { name: 'ConfigMap Volume, with mapping', volumes: [configMap({ items: mapped() })], ...deep },
  { name: 'ConfigMap Volume, with mapping, volume mode set', volumes: [configMap({ items: mapped(read) })], ...deep, mode: readable },
  { name: 'ConfigMap Volume, with mapping, non-root user', volumes: [configMap({ items: mapped() })], ...deep, pod: nonRoot },
  { name: 'ConfigMap Volume, multiple volume maps', volumes: [configMap(), configMap()], ...plain },
  { name: 'Projected Volume, ConfigMap, volume mode default', volumes: [projectedConfigMap()], ...plain },
  { name: 'Projected Volume, ConfigMap, volume mode 0400', volumes: [projectedConfigMap({}, { defaultMode: read })], ...plain, mode: readable },
  { name: 'Projected Volume, ConfigMap, non-root user', volumes: [projectedConfigMap()], ...plain, pod: nonRoot },
  { name: 'Projected Volume, ConfigMap, mapped', volumes: [projectedConfigMap({ items: mapped() })], ...deep },
  { name: 'Projected Volume, ConfigMap, mapped, volume mode 0400', volumes: [projectedConfigMap({ items: mapped(read) })], ...deep, mode: readable },
  { name: 'Projected Volume, ConfigMap, mapped, non-root user', volumes: [projectedConfigMap({ items: mapped() })], ...deep, pod: nonRoot },
  { name: 'Projected Volume, ConfigMap, multiple volume paths', volumes: [projectedConfigMap(), projectedConfigMap()], ...plain },
  { name: 'Secrets Volume, default', volumes: [secret()], ...plain },
  { name: 'Secrets Volume, volume mode 0400', volumes: [secret({ defaultMode: read })], ...plain, mode: readable },
  {
    name: 'Secrets Volume, volume mode 0440, fsGroup 1001 and uid 1000',
    volumes: [secret({ defaultMode: 0o440 })],
    ...plain,
    mode: '-r--r-----',
    pod: grouped,
  },
  { name: 'Secrets Volume, mapping', volumes: [secret({ items: mapped() })], ...deep },
  { name: 'Secrets Volume, mapping, volume mode 0400', volumes: [secret({ items: mapped(read) })], ...deep, mode: readable },
  { name: 'Secrets Volume, mapping multiple volume paths', volumes: [secret(), secret()], ...plain },
  { name: 'Secrets Volume, volume mode default, secret with same name in different namespace', volumes: [secret()], ...plain },
  { name: 'Projected Volume, Secrets, volume mode default', volumes: [projectedSecret()], ...plain },
  { name: 'Projected Volume, Secrets, volume mode 0400', volumes: [projectedSecret({}, { defaultMode: read })], ...plain, mode: readable },
  {
    name: 'Project Volume, Secrets, non-root, custom fsGroup',
    volumes: [projectedSecret({}, { defaultMode: 0o440 })],
    ...plain,
    mode: '-r--r-----',
    pod: grouped,
  },
  { name: 'Projected Volume, Secrets, mapped', volumes: [projectedSecret({ items: mapped() })], ...deep },
  { name: 'Projected Volume, Secrets, mapped, volume mode 0400', volumes: [projectedSecret({ items: mapped(read) })], ...deep, mode: readable },
  { name: 'Projected Volume, Secrets, mapped, multiple paths', volumes: [projectedSecret(), projectedSecret()], ...plain },
]

const resources = { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } }
const field = (fieldPath: string, more: object = {}) => ({ items: [{ path: 'file', fieldRef: { fieldPath }, ...more }] })
const resource = (name: string) => ({ items: [{ path: 'file', resourceFieldRef: { containerName: 'c0', resource: name } }] })

/** Each is a volume of its own, and part of a projected one. */
const downward: readonly (Omit<File, 'name' | 'volumes' | 'path'> & {
  readonly names: readonly [string, string]
  readonly source: object
  readonly volume?: object
})[] = [
  { names: ['DownwardAPI volume, pod name', 'Projected Volume, DownwardAPI, pod name'], source: field('metadata.name'), content: '$(pod)' },
  {
    names: ['DownwardAPI volume, volume mode 0400', 'Projected Volume, DownwardAPI, volume mode 0400'],
    source: field('metadata.name'),
    volume: { defaultMode: read },
    mode: readable,
    content: '$(pod)',
  },
  {
    names: ['DownwardAPI volume, file mode 0400', 'Projected Volume, DownwardAPI, volume mode 0400'],
    source: field('metadata.name', { mode: read }),
    mode: readable,
    content: '$(pod)',
  },
  ...(
    [
      ['CPU limits', 'limits.cpu', '2'],
      ['memory limits', 'limits.memory', '67108864'],
      ['CPU request', 'requests.cpu', '1'],
      ['memory request', 'requests.memory', '33554432'],
    ] as const
  ).map(([what, name, content]) => ({
    names: [`DownwardAPI volume, ${what}`, `Projected Volume, DownwardAPI, ${what}`] as const,
    source: resource(name),
    content,
    container: { resources },
  })),
  {
    names: ['DownwardAPI volume, CPU limit, default node allocatable', 'Projected Volume, DownwardAPI, CPU limit, node allocatable'],
    source: resource('limits.cpu'),
    content: '$(cpu)',
  },
  {
    names: ['DownwardAPI volume, memory limit, default node allocatable', 'Projected Volume, DownwardAPI, memory limit, node allocatable'],
    source: resource('limits.memory'),
    content: '$(memory)',
  },
]

const emptyDirs = (['', 'Memory'] as const).flatMap((medium) => {
  const where = medium ? 'medium memory' : 'medium default'
  const show = (script: string) => shell(`umask 0; ${script}; stat -f -c %T /test-volume | sed s/tmpfs/memory/ | grep -c memory`)
  const spec = (script: string, user: object) => ({
    ...user,
    volumes: [{ name: 'v', emptyDir: { medium } }],
    containers: [{ command: show(script), volumeMounts: [{ name: 'v', mountPath: '/test-volume' }] }],
  })
  const medium01 = medium ? '1' : '0'
  // `grep -c` of nothing ends in failure, which is no matter here: the pod is to succeed.
  const succeed = (command: readonly string[]) => [...command.slice(0, 2), `${command[2]}; true`]
  const row = (name: string, script: string, log: readonly string[], user: object = {}): Output => {
    const full = spec(script, user)
    return { name, spec: { ...full, containers: full.containers.map((c) => ({ ...c, command: succeed(c.command) })) }, log: [...log, medium01] }
  }
  return [
    row(`EmptyDir, ${where}, volume mode default`, 'stat -c %A /test-volume', ['drwxrwxrwx']),
    ...['0644', '0666', '0777'].flatMap((mode) => {
      const bits = { '0644': '-rw-r--r--', '0666': '-rw-rw-rw-', '0777': '-rwxrwxrwx' }[mode]!
      const script = `echo mount-tester > /test-volume/f && chmod ${mode} /test-volume/f && stat -c %A /test-volume/f && cat /test-volume/f`
      const users = [{}, { securityContext: { runAsUser: 1001 } }]
      return users.map((user, index) => row(`EmptyDir, ${where}, volume mode ${mode}${index ? ', non-root user' : ''}`, script, [bits, 'mount-tester'], user))
    }),
  ]
})

const subPath = (name: string, source: object, more: object = {}): Output => ({
  name,
  spec: {
    volumes: [{ name: 'v', ...source }],
    containers: [{ command: shell('cat /test-volume/file; echo'), volumeMounts: [{ name: 'v', mountPath: '/test-volume', subPath: 'sub' }], ...more }],
  },
  log: ['value-1'],
})
const below = { items: [{ key: 'data-1', path: 'sub/file' }] }

export const storageOutputs: readonly Output[] = [
  ...files.map(fileOutput),
  ...downward.flatMap(({ names, source, volume = {}, ...file }) => [
    fileOutput({ ...file, name: names[0], path: 'file', volumes: [{ downwardAPI: { ...volume, ...source } }] }),
    fileOutput({ ...file, name: names[1], path: 'file', volumes: [{ projected: { ...volume, sources: [{ downwardAPI: source }] } }] }),
  ]),
  ...emptyDirs,
  subPath('SubPath: Reading content from a configmap volume.', configMap(below)),
  subPath('SubPath: Reading content from a configmap volume.', configMap(), {
    command: shell('cat /etc/resolv.conf; echo'),
    volumeMounts: [{ name: 'v', mountPath: '/etc/resolv.conf', subPath: 'data-1' }],
  }),
  subPath('SubPath: Reading content from a secret volume.', secret(below)),
  subPath('SubPath: Reading content from a projected volume.', projectedConfigMap(below)),
  {
    ...subPath('SubPath: Reading content from a downwardAPI volume.', {
      downwardAPI: { items: [{ path: 'sub/file', fieldRef: { fieldPath: 'metadata.name' } }] },
    }),
    log: ['$(pod)'],
  },
  {
    name: 'EmptyDir, Shared volumes between containers',
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [
        {
          command: shell('until [ -s /pod-data/index.html ]; do sleep 0.2; done; cat /pod-data/index.html'),
          volumeMounts: [{ name: 'v', mountPath: '/pod-data' }],
        },
        { command: shell('echo Hello from the other container > /pod-data/index.html'), volumeMounts: [{ name: 'v', mountPath: '/pod-data' }] },
      ],
    },
    log: ['Hello from the other container'],
  },
  {
    name: 'Projected Volume, multiple projections',
    spec: {
      volumes: [
        {
          name: 'v',
          projected: {
            sources: [
              { secret: { name: 'values', items: [{ key: 'data-1', path: 'secret-data' }] } },
              { configMap: { name: 'values', items: [{ key: 'data-2', path: 'configmap-data' }] } },
              {
                downwardAPI: {
                  items: [
                    { path: 'podname', fieldRef: { fieldPath: 'metadata.name' } },
                    { path: 'cpu_limit', resourceFieldRef: { containerName: 'c0', resource: 'limits.cpu', divisor: '1m' } },
                  ],
                },
              },
            ],
          },
        },
      ],
      containers: [
        {
          resources,
          command: shell('cd /all; for f in podname secret-data configmap-data cpu_limit; do cat $f; echo; done'),
          volumeMounts: [{ name: 'v', mountPath: '/all' }],
        },
      ],
    },
    log: ['$(pod)', 'value-1', 'value-2', '1250'],
  },
  {
    name: 'EmptyDir Wrapper Volume, Secret and ConfigMap volumes, no conflict',
    spec: {
      volumes: [
        { name: 's', ...secret() },
        { name: 'c', ...configMap() },
      ],
      containers: [
        {
          command: shell('ls /etc/secret-volume /etc/configmap-volume | grep -c data'),
          volumeMounts: [
            { name: 's', mountPath: '/etc/secret-volume', readOnly: true },
            { name: 'c', mountPath: '/etc/configmap-volume' },
          ],
        },
      ],
    },
    log: ['6'],
  },
  {
    name: 'ConfigMap Volume, text data, binary data',
    spec: {
      volumes: [{ name: 'v', configMap: { name: 'binary' } }],
      containers: [{ command: shell('cat /v/data; echo; hexdump -e \'8/1 "%02x "\' /v/dump.bin; echo'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    },
    log: ['value', 'de ca fe ba d0 fe ff 00'],
  },
]
