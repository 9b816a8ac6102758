// What does recording who owns which fields cost per write? The Pod is a usual one of 3 KB. Best of several runs, as the machine
// may be busy.
import { schema } from '../src/api/schema.ts'
import type { JsonObject } from '../src/apimachinery/json-value.ts'
import { newFieldManager } from '../src/apimachinery/managedfields/field-manager.ts'

const runs = 15
const writesPerRun = 400

const container = (name: string): JsonObject => ({
  name,
  image: 'registry.example/app:1',
  args: ['--verbose'],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: Array.from({ length: 5 }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'value' })),
  resources: { limits: { cpu: '1', memory: '128Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
  volumeMounts: [{ name: 'config', mountPath: '/etc/config', readOnly: true }],
  livenessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
})

const pod: JsonObject = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web', tier: 'front' }, annotations: { 'example.com/note': 'text' } },
  spec: {
    volumes: [{ name: 'config', configMap: { name: 'config', defaultMode: 420 } }],
    containers: [container('main'), container('side')],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
    enableServiceLinks: true,
  },
  status: {},
}

function measure(what: string, write: (index: number) => unknown): void {
  let best = Infinity
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    for (let index = 0; index < writesPerRun; index++) write(index)
    best = Math.min(best, performance.now() - start)
  }
  console.log(`${what.padEnd(44)} ${((best * 1000) / writesPerRun).toFixed(1).padStart(7)} µs`)
}

const manager = newFieldManager(schema)
const request = { typeName: 'io.k8s.api.core.v1.Pod', apiVersion: 'v1', manager: 'bench', subresource: '', nowMs: 0 }
const created = manager.update({ ...request, live: undefined, updated: pod })
const live: JsonObject = { ...created, metadata: { ...(created['metadata'] as JsonObject), uid: 'u' } }
const copies = Array.from({ length: writesPerRun }, () => structuredClone(live))
const labelled = copies.map((copy) => ({ ...copy, metadata: { ...(copy['metadata'] as JsonObject), labels: { app: 'web', tier: 'back' } } }))
const reported = copies.map((copy) => ({ ...copy, status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] } }))
const { status: _, ...configuration } = pod

console.log(`Pod of ${JSON.stringify(pod).length} bytes, ${runs} runs of ${writesPerRun} writes, Node ${process.version}`)
measure('create', () => manager.update({ ...request, live: undefined, updated: pod }))
measure('update that changes nothing', (index) => manager.update({ ...request, live, updated: copies[index]! }))
measure('update of a label', (index) => manager.update({ ...request, live, updated: labelled[index]! }))
measure('status by another manager', (index) => manager.update({ ...request, manager: 'kubelet', subresource: 'status', live, updated: reported[index]! }))
measure('apply of the whole Pod by a second manager', () => manager.apply({ ...request, manager: 'second', live, applied: configuration, force: false }))
