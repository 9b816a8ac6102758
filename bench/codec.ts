// What a request body costs: parse, check, bring to canonical form, write. Each against JSON.parse + JSON.stringify in the same run.
//   node bench/codec.ts
import { codec, typeNameOf } from '../src/api/codec.ts'
import type { JsonObject } from '../src/apimachinery/json-value.ts'

const rounds = 20
const callsPerRound = 500

const container = (name: string) => ({
  name,
  image: `registry.example.com/team/${name}:1.25.3`,
  command: ['/bin/server', '--port=8080', '--verbose=2'],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value of setting ${i}` })),
  resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
  volumeMounts: [
    { name: 'config', mountPath: '/etc/config', readOnly: true },
    { name: 'kube-api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
  ],
  livenessProbe: {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    initialDelaySeconds: 5,
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  },
  readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
})

const time = '2026-01-02T03:04:05Z'
const status = (name: string) => ({
  name,
  state: { running: { startedAt: time } },
  lastState: {},
  ready: true,
  restartCount: 0,
  image: `registry.example.com/team/${name}:1.25.3`,
  imageID: `registry.example.com/team/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
  containerID: `containerd://${'0123456789abcdef'.repeat(4)}`,
  started: true,
})

const pod: JsonObject = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    name: 'web-7d4b9c6f5-abcde',
    generateName: 'web-7d4b9c6f5-',
    namespace: 'default',
    uid: '6a1f0f5e-1c1f-4f53-9a3b-1f0c2d3e4f5a',
    resourceVersion: '123456',
    creationTimestamp: time,
    labels: { app: 'web', 'pod-template-hash': '7d4b9c6f5' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-7d4b9c6f5',
        uid: '0a1b2c3d-1c1f-4f53-9a3b-1f0c2d3e4f5a',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  spec: {
    volumes: [
      { name: 'config', configMap: { name: 'web', defaultMode: 420 } },
      { name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }], defaultMode: 420 } },
    ],
    containers: [container('web'), container('sidecar')],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    nodeName: 'node-1',
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  },
  status: {
    phase: 'Running',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: time,
    })),
    hostIP: '10.0.0.1',
    podIP: '10.244.0.7',
    podIPs: [{ ip: '10.244.0.7' }],
    startTime: time,
    containerStatuses: [status('web'), status('sidecar')],
    qosClass: 'Burstable',
  },
}

const typeName = typeNameOf('v1', 'Pod')!
const { object } = codec.convert(typeName, pod)
const text = codec.encodeJson(object)
const body = Buffer.from(text)
const protobuf = codec.encodeProtobuf(typeName, object)

const subjects: { readonly [name: string]: () => unknown } = {
  'JSON.parse + JSON.stringify': () => JSON.stringify(JSON.parse(text)),
  parseJson: () => codec.parseJson(body).value,
  'parseJson and look for duplicates': () => codec.parseJson(body).duplicates,
  convert: () => codec.convert(typeName, object),
  canonical: () => codec.canonical(typeName, object),
  encodeJson: () => codec.encodeJson(object),
  'parse + convert + canonical + encode': () => codec.encodeJson(codec.canonical(typeName, codec.convert(typeName, codec.parseJson(body).value).object)),
  encodeProtobuf: () => codec.encodeProtobuf(typeName, object),
  decodeProtobuf: () => codec.decodeProtobuf(typeNameOf, protobuf),
}

/** The best of several rounds, taken in turn: other work on the machine only ever adds. */
const best = new Map<string, number>()
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(subjects)) {
    const start = performance.now()
    for (let i = 0; i < callsPerRound; i++) run()
    best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, (performance.now() - start) / callsPerRound))
  }
}

const reference = best.get('JSON.parse + JSON.stringify')!
console.log(`a Pod of ${body.length} bytes of JSON, ${protobuf.length} of protobuf`)
for (const [name, ms] of best) console.log(`${name.padEnd(38)} ${(ms * 1000).toFixed(1).padStart(7)} µs  ${(ms / reference).toFixed(2).padStart(5)}x`)
