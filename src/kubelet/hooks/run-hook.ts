// postStart and preStop. Source: Kubernetes 1.36 pkg/kubelet/lifecycle/handlers.go.

import type { Container, LifecycleHandler } from '../../api/core/v1.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Clock } from '../../util/clock.ts'
import { httpGet } from '../probes/http-get.ts'
import { portNumber } from '../probes/probe-runner.ts'
import { tcpSocket } from '../probes/tcp-socket.ts'

export interface HookContext {
  readonly runtime: Pick<RuntimeClient, 'execSync'>
  readonly clock: Clock
  readonly container: Container
  readonly containerId: string
  readonly podIP: string
  /** `1.36`. */
  readonly version: string
}

/** No time limit of its own: the caller's signal bounds it. Upstream's client waits for headers for ever too. */
const httpTimeoutMs = 2 ** 31 - 1

/** @throws {Error} the hook failed; the signal's reason when it was cut short */
export async function runHook(hook: LifecycleHandler, context: HookContext, signal: AbortSignal): Promise<void> {
  const { runtime, clock, container, containerId, podIP, version } = context
  if (hook.exec) {
    const cmd = hook.exec.command ?? []
    const { exitCode, stderr, stdout } = await runtime.execSync({ containerId, cmd, timeout: 0 }, { signal })
    if (exitCode !== 0)
      throw new Error(
        `Exec lifecycle hook (${JSON.stringify(cmd)}) for Container ${JSON.stringify(container.name)} failed - error: command '${cmd.join(' ')}' exited with ${exitCode}: ${stderr?.toString()}, message: ${JSON.stringify(stdout?.toString())}`,
      )
  } else if (hook.httpGet) {
    const action = hook.httpGet
    const outcome = await httpGet(
      { action, host: podIP, port: portNumber(action.port, container), timeoutMs: httpTimeoutMs, agent: 'lifecycle', version },
      signal,
    )
    if (!outcome.ok)
      throw new Error(`HTTP lifecycle hook (${action.path ?? '/'}) for Container ${JSON.stringify(container.name)} failed - error: ${outcome.output}`)
  } else if (hook.sleep) {
    await clock.sleep(hook.sleep.seconds * 1000, signal)
  } else if (hook.tcpSocket) {
    await tcpSocket({ host: hook.tcpSocket.host || podIP, port: portNumber(hook.tcpSocket.port, container), timeoutMs: httpTimeoutMs })
  }
}
