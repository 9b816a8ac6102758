// What agnhost's `netexec` does, run by this test inside a pod's network: an HTTP and a UDP server that say who and what was asked,
// and clients that ask from where a pod or a node stands.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { eventually } from '../../support/eventually.ts'
import { type Finished, run } from '../../support/command.ts'

const server = `
  const [name, tcp, udp] = process.argv.slice(1)
  const http = require('node:http').createServer((request, response) => {
    if (request.url.startsWith('/redirect')) return response.writeHead(301, { location: '/elsewhere' }).end()
    response.end(request.method === 'HEAD' ? '' : JSON.stringify({ name, method: request.method, path: request.url, from: request.socket.remoteAddress }))
  })
  if (tcp !== '0') http.listen(Number(tcp))
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (text, { port, address }) => socket.send(name, port, address))
  if (udp !== '0') socket.bind(Number(udp))
`

const udpClient = `
  const [host, port] = process.argv.slice(1)
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (text) => { console.log(String(text)); process.exit(0) })
  socket.on('error', () => process.exit(1))
  setTimeout(() => process.exit(2), 1500)
  socket.connect(Number(port), host, () => socket.send('hostname'))
`

/** A process of the pod, as this machine counts them. */
export function processOf(podUid: string): Promise<number> {
  return eventually(() => {
    const pid = readdirSync('/proc').find((entry) => {
      try {
        return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cgroup`, 'utf8').replaceAll('_', '-').includes(podUid)
      } catch {
        return false // ended meanwhile
      }
    })
    if (!pid) throw new Error(`pod ${podUid} has no process`)
    return Number(pid)
  })
}

const inside = (pid: number) => ['nsenter', '-t', String(pid), '-n']

export class NetExec implements Disposable {
  readonly #servers: ChildProcess[] = []

  /** @param ports 0 for none */
  serve(pid: number, name: string, ports: { readonly tcp?: number; readonly udp?: number }): void {
    const [command, ...args] = [...inside(pid), process.execPath, '-e', server, name, String(ports.tcp ?? 0), String(ports.udp ?? 0)]
    this.#servers.push(spawn(command!, args, { stdio: 'ignore' }))
  }

  [Symbol.dispose](): void {
    for (const child of this.#servers) child.kill()
  }
}

/** Who answers; undefined when nobody does. */
export async function askHttp(pid: number, address: string, path = '/'): Promise<{ readonly name: string; readonly from: string } | undefined> {
  const { code, stdout } = await run([...inside(pid), 'curl', '--silent', '--max-time', '2', `http://${address}${path}`])
  return code === 0 ? (JSON.parse(stdout) as { name: string; from: string }) : undefined
}

export async function askUdp(pid: number, host: string, port: number): Promise<string | undefined> {
  const { code, stdout }: Finished = await run([...inside(pid), process.execPath, '-e', udpClient, host, String(port)])
  return code === 0 ? stdout.trim() : undefined
}
