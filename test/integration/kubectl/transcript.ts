// A transcript is what a terminal shows: commands after `$ `, and under each what it prints, both streams, and its exit status
// if that is not 0. What differs from run to run is normalised (see `normalise`). Lines that start with `## ` are for the reader.
//
//   $ kubectl get pods          runs once
//   $~ kubectl get pods         runs until it prints what is expected
//   $ cat <<EOF                 the lines up to EOF belong to the command
//
// They find kubectl and helm (those of scripts/kubectl), $NAMESPACE and $CHARTS, the folder `charts` beside this file.
import { join } from 'node:path'
import { run } from '../../support/command.ts'
import { pathWithClients } from '../../support/packaged-clients.ts'

interface Step {
  /** As written: comments before it, the line of the command, its here-document. */
  readonly source: string
  /** For the shell. */
  readonly command: string
  readonly isRetried: boolean
  readonly expected: string
}

const charts = join(import.meta.dirname, 'charts')
const retryMs = 200
const retryMsMax = 15_000

function parseTranscript(text: string): readonly Step[] {
  const lines = text.trimEnd().split('\n')
  const steps: Step[] = []
  for (let i = 0; i < lines.length;) {
    const source: string[] = []
    while (lines[i]!.startsWith('## ')) source.push(lines[i++]!)
    const first = lines[i++]!
    const match = /^\$(~?) (.*)$/.exec(first)
    if (!match) throw new Error(`no command: ${first}`)
    const command = [match[2]!]
    const end = /<<'?([A-Z]+)'?/.exec(first)?.[1]
    if (end)
      do command.push(lines[i]!)
      while (lines[i++] !== end)
    const output: string[] = []
    while (i < lines.length && !/^(\$~? |## )/.test(lines[i]!)) output.push(lines[i++]!)
    steps.push({
      source: [...source, first, ...command.slice(1)].join('\n'),
      command: command.join('\n'),
      isRetried: match[1] === '~',
      expected: output.join('\n').trimEnd(),
    })
  }
  return steps
}

const random = '[bcdfghjklmnpqrstvwxz2456789]'

/** On a slow machine a watch begins so late that a client whose time is up ends it within a second, of which client-go complains. */
const clientComplaint = /^W\d{4} .*reflector\.go:.*very short watch.*\n/gm

/** Replaces what differs from run to run: times, ages, generated names and addresses, versions; and the width of columns. */
export function normalise(output: string): string {
  return output
    .replace(clientComplaint, '')
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, '<time>')
    .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>')
    .replace(/(resourceVersion"?: ?)"\d+"/g, '$1"<version>"')
    .replace(/(?<=^|[\s(])(<invalid>|\d\d?s|1[01]\ds|\dm(\d+s)?)(?=$|[\s)])/gm, '<age>')
    .replace(new RegExp(`([-=])${random}{8,10}(?![a-z\\d])`, 'g'), '$1<hash>')
    .replace(new RegExp(`-${random}{5}(?![\\w-])`, 'g'), '-<random>')
    .replace(/X509SHA256=[0-9a-f]{64}/, 'X509SHA256=<hash>')
    .replace(/https:\/\/127\.0\.0\.1:\d+/g, '<server>')
    .replace(/\b10\.(96|244)\.\d+\.\d+(?![\d/])/g, '<ip>')
    .replace(/(?<=\S)( *\t[ \t]*| {2,})(?=\S)/g, '  ')
    .replace(/[ \t]+$/gm, '')
    .trimEnd()
}

/** Runs every step in `directory`. @returns the transcript as it came out */
export async function replay(text: string, { directory, namespace }: { directory: string; namespace: string }): Promise<string> {
  const env = {
    PATH: pathWithClients(),
    HOME: directory,
    TMPDIR: directory,
    KUBECONFIG: `${directory}/${namespace}.config`,
    NAMESPACE: namespace,
    CHARTS: charts,
    TZ: 'UTC',
  }
  const execute = async (command: string) => {
    const { code, stdout } = await run(['timeout', '60', 'sh', '-c', `exec 2>&1; cd ${directory}; ${command}`], { env })
    return normalise(stdout) + (code === 0 ? '' : `\n[exit ${code}]`).slice(stdout === '' ? 1 : 0)
  }
  await execute(`cp config "$KUBECONFIG" && kubectl create namespace ${namespace} && kubectl config set-context --current --namespace ${namespace}`)
  const result: string[] = []
  for (const { source, command, isRetried, expected } of parseTranscript(text)) {
    const deadlineMs = performance.now() + (isRetried ? retryMsMax : 0)
    let actual = await execute(command)
    while (actual !== expected && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, retryMs))
      actual = await execute(command)
    }
    result.push(source, ...(actual === '' ? [] : [actual]))
  }
  return `${result.join('\n')}\n`
}
