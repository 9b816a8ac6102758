// The one entry point. Each component's code is loaded only when it is asked for, so that a start stays short.
import { allocateYoung } from './allocate-young.ts'

type Main = (argv: readonly string[]) => Promise<void>

const components: Record<string, () => Promise<{ readonly main: Main }>> = {
  server: () => import('./server.ts'),
  agent: () => import('./agent.ts'),
  'kube-apiserver': () => import('./kube-apiserver.ts'),
  'kube-controller-manager': () => import('./kube-controller-manager.ts'),
  'kube-proxy': () => import('./kube-proxy.ts'),
  'kube-scheduler': () => import('./kube-scheduler.ts'),
  kubelet: () => import('./kubelet.ts'),
}

allocateYoung()
const [name = '', ...rest] = process.argv.slice(2)
const load = Object.hasOwn(components, name) ? components[name]! : () => import('./cli.ts')
await (await load()).main(Object.hasOwn(components, name) ? rest : process.argv.slice(2))
