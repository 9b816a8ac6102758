// Query and path parameters of operations, by what the operation does. kubectl looks for some of them: `fieldValidation` on
// PATCH tells it that the server validates fields.

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly type: 'string' | 'boolean' | 'integer'
  readonly description: string
}

const query = (name: string, type: Parameter['type'], description: string): Parameter => ({ name, in: 'query', type, description })

const pretty = query(
  'pretty',
  'string',
  "If 'true', then the output is pretty printed. Defaults to 'false' unless the user-agent indicates a browser or command-line HTTP tool (curl and wget).",
)
const dryRun = query(
  'dryRun',
  'string',
  'When present, indicates that modifications should not be persisted. Valid values are: - All: all dry run stages will be processed',
)
const fieldManager = query(
  'fieldManager',
  'string',
  'The name of the actor or entity that makes these changes. At most 128 characters, all printable. Required for apply requests.',
)
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What the server does with objects that contain unknown or duplicate fields. Ignore: drop them silently. Warn: drop them with a warning for each (the default). Strict: refuse the request with a BadRequest error.',
)
const force = query('force', 'boolean', 'Force an apply request: take over conflicting fields that other managers own. Must be unset for other patches.')

const list: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean', 'Requests watch events of type "BOOKMARK". Ignored if this is not a watch.'),
  query('continue', 'string', 'Continues a list with the token of its previous page. Other parameters must be the same. Not for watches.'),
  query('fieldSelector', 'string', 'A selector to restrict the list of returned objects by their fields. Defaults to everything.'),
  query('labelSelector', 'string', 'A selector to restrict the list of returned objects by their labels. Defaults to everything.'),
  query('limit', 'integer', 'The maximum number of items of one answer; more are fetched with `continue`. Not for watches.'),
  query('resourceVersion', 'string', 'A constraint on what resource versions a request may be served from.'),
  query('resourceVersionMatch', 'string', 'How resourceVersion is applied to list calls: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'boolean', 'With `watch=true`: the stream begins with synthetic events for the current state, ended by a bookmark.'),
  query('timeoutSeconds', 'integer', 'Timeout for the list or watch call, regardless of any activity.'),
  query('watch', 'boolean', 'Watch for changes to the described resources and return them as a stream of add, update and remove notifications.'),
]
const deletion: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds before the object is deleted; 0 means at once. Defaults to a value of the object.'),
  query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean', 'Deletes an object even if it cannot be read from the store.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy. Whether dependent objects are orphaned.'),
  query('propagationPolicy', 'string', "Whether and how dependents are deleted: 'Orphan', 'Background' or 'Foreground'."),
]
const exec: readonly Parameter[] = [
  query('command', 'string', 'The remote command to execute, as an argv array; not executed within a shell.'),
  query('container', 'string', 'The container; defaults to the only one of the pod.'),
  query('stderr', 'boolean', 'Redirect the standard error stream.'),
  query('stdin', 'boolean', 'Redirect the standard input stream.'),
  query('stdout', 'boolean', 'Redirect the standard output stream.'),
  query('tty', 'boolean', 'Allocate a terminal.'),
]
const bySubresource: Readonly<Record<string, readonly Parameter[]>> = {
  exec,
  attach: exec.slice(1),
  portforward: [query('ports', 'integer', 'Ports to forward; required when using WebSockets.')],
  proxy: [query('path', 'string', 'The URL path of the proxied request.')],
  log: [
    query('container', 'string', 'The container; defaults to the only one of the pod.'),
    query('follow', 'boolean', 'Follow the log stream.'),
    query('insecureSkipTLSVerifyBackend', 'boolean', 'Do not verify the certificate of the kubelet.'),
    query('limitBytes', 'integer', 'The number of bytes to read before ending the output.'),
    query('previous', 'boolean', 'Return the log of the previous instance of the container.'),
    query('sinceSeconds', 'integer', 'Only lines newer than so many seconds.'),
    query('stream', 'string', 'Which stream to return: All, Stdout or Stderr.'),
    query('tailLines', 'integer', 'The number of lines from the end of the log to show.'),
    query('timestamps', 'boolean', 'Begin each line with an RFC 3339 timestamp.'),
  ],
}

/** @param action x-kubernetes-action: get, list, post, put, patch, delete, deletecollection, connect */
export function queryParameters(action: string, subresource: string): readonly Parameter[] {
  switch (action) {
    case 'list':
      return list
    case 'deletecollection':
      return [...list.filter((p) => p.name !== 'allowWatchBookmarks' && p.name !== 'watch'), ...deletion]
    case 'delete':
      return deletion
    case 'post':
    case 'put':
      return [dryRun, fieldManager, fieldValidation]
    case 'patch':
      return [dryRun, fieldManager, fieldValidation, force]
    default:
      return Object.hasOwn(bySubresource, subresource) ? bySubresource[subresource]! : []
  }
}

const pathDescriptions: Readonly<Record<string, string>> = {
  namespace: 'object name and auth scope, such as for teams and projects',
  path: 'path to the resource',
}

/** Parameters that all operations of a path share. @param kind for the description of `name` */
export function pathParameters(path: string, kind: string, action: string): readonly Parameter[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
  const parameters = names.map((name): Parameter => ({ name, in: 'path', type: 'string', description: pathDescriptions[name] ?? `name of the ${kind}` }))
  return action === 'connect' ? parameters : [...parameters, pretty]
}
