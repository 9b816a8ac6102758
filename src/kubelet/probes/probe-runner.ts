import type { Container, Pod, Probe } from '../../api/core/v1.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import { isDeadlineExceeded } from '../../cri/errors.ts'
import { grpcHealth } from './grpc-health.ts'
import { httpGet } from './http-get.ts'
import { failed, passed, type ProbeOutcome } from './probe-result.ts'
import { tcpSocket } from './tcp-socket.ts'

export interface ProbeTarget {
  readonly pod: Pod
  readonly container: Container
  readonly containerId: string
  readonly podIP: string
}

/** Runs a probe once. Rejects only when it could not be run at all; that counts for nothing. */
export type ProbeRunner = (probe: Probe, target: ProbeTarget, signal: AbortSignal) => Promise<ProbeOutcome>

/** @param version `1.36`: for the user agent */
export function newProbeRunner(runtime: Pick<RuntimeClient, 'execSync'>, version: string): ProbeRunner {
  return async (probe, { pod, container, containerId, podIP }, signal) => {
    const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
    const { exec, httpGet: action, tcpSocket: socket, grpc } = probe
    if (exec) return execProbe(runtime, containerId, exec.command ?? [], timeoutMs, signal)
    if (action) return httpGet({ action, host: podIP, port: portNumber(action.port, container), timeoutMs, agent: 'probe', version }, signal)
    if (socket) return tcpSocket({ host: socket.host || podIP, port: portNumber(socket.port, container), timeoutMs })
    if (grpc) return grpcHealth({ host: podIP, port: grpc.port, service: grpc.service ?? '', timeoutMs, version })
    throw new Error(`missing probe handler for ${pod.metadata.name}:${container.name}`)
  }
}

async function execProbe(
  runtime: Pick<RuntimeClient, 'execSync'>,
  containerId: string,
  cmd: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  try {
    // The runtime ends the command at its timeout; a second more for its answer.
    const answer = await runtime.execSync({ containerId, cmd, timeout: timeoutMs / 1000 }, { signal, timeoutMs: timeoutMs + 1_000 })
    const output = Buffer.concat([answer.stdout ?? Buffer.alloc(0), answer.stderr ?? Buffer.alloc(0)]).toString()
    return answer.exitCode === 0 ? passed(output) : failed(output)
  } catch (error) {
    if (isDeadlineExceeded(error) || (error instanceof Error && /timed out|timeout/.test(error.message)))
      return failed(`command timed out: ${JSON.stringify(cmd.join(' '))} timed out after ${timeoutMs / 1000}s`)
    throw error
  }
}

/** @throws {Error} a named port that the container does not declare */
export function portNumber(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  const named = container.ports?.find((p) => p.name === port)
  if (named) return named.containerPort
  const number = Number.parseInt(port, 10)
  if (String(number) === port) return number
  throw new Error(`couldn't find port: ${JSON.stringify(port)}`)
}
