// Who depends on whom, as the owner references of all objects say. Owners that are named and not seen are virtual nodes: they
// exist if the server says so, and until then nothing is concluded. Pure data; the collector feeds it and acts on it.
// Source: pkg/controller/garbagecollector/graph.go, graph_builder.go.
import type { OwnerReference } from '../../api/meta/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'

export interface Node {
  readonly uid: string
  /** From the object itself, or from the reference to it while it is virtual. */
  identity: Identity
  /** Named as an owner, and not (yet) seen by an informer. */
  virtual: boolean
  owners: readonly OwnerReference[]
  /** Nodes that name this one as an owner. */
  readonly dependents: Set<Node>
  /** Has a deletionTimestamp. */
  deleting: boolean
  /** Deletion waits until the dependents that block it are gone. */
  foreground: boolean
  /** Deletion first takes the reference off the dependents. */
  orphaning: boolean
}

export interface Identity {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Unknown for kinds that are not monitored. */
  readonly resource: ResourceType<KubeObject> | undefined
}

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

export class Graph {
  readonly #nodes = new Map<string, Node>()

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid)
  }

  /** @returns uids to look at because of the change */
  upsert(object: KubeObject, resource: ResourceType<KubeObject>): readonly string[] {
    const { uid, namespace = '', name, ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata
    const node = this.#nodes.get(uid) ?? this.#add(uid)
    const owners = node.owners
    node.identity = { apiVersion: resource.apiVersion, kind: resource.kind, namespace, name, resource }
    node.virtual = false
    node.owners = ownerReferences
    node.deleting = deletionTimestamp !== undefined
    node.foreground = node.deleting && finalizers.includes(foregroundFinalizer)
    node.orphaning = node.deleting && finalizers.includes(orphanFinalizer)
    const touched = this.#relink(node, owners)
    // A foreground deletion asks its dependents to go; everything else asks about the node itself.
    return [uid, ...touched, ...(node.foreground ? uidsOf(node.dependents) : [])]
  }

  /** The object is gone. @returns uids to look at: its dependents, and owners that waited for it */
  remove(uid: string): readonly string[] {
    const node = this.#nodes.get(uid)
    if (!node) return []
    const waiting = node.owners.flatMap((owner) => {
      const ownerNode = this.#nodes.get(owner.uid)
      ownerNode?.dependents.delete(node)
      if (ownerNode) this.#dropIfUseless(ownerNode)
      return ownerNode?.foreground ? [owner.uid] : []
    })
    node.owners = []
    const dependents = uidsOf(node.dependents)
    // Dependents still name it: it stays as a virtual node until they are gone.
    node.virtual = true
    node.deleting = node.foreground = node.orphaning = false
    this.#dropIfUseless(node)
    return [...dependents, ...waiting]
  }

  #add(uid: string): Node {
    const identity = { apiVersion: '', kind: '', namespace: '', name: '', resource: undefined }
    const node: Node = { uid, identity, virtual: true, owners: [], dependents: new Set(), deleting: false, foreground: false, orphaning: false }
    this.#nodes.set(uid, node)
    return node
  }

  /** Brings the owners' sets of dependents in line. @returns owners that wait in the foreground and lost a blocking dependent */
  #relink(node: Node, before: readonly OwnerReference[]): readonly string[] {
    const now = new Set(node.owners.map((owner) => owner.uid))
    const touched: string[] = []
    for (const owner of before) {
      const ownerNode = this.#nodes.get(owner.uid)
      if (!ownerNode) continue
      if (!now.has(owner.uid)) {
        ownerNode.dependents.delete(node)
        this.#dropIfUseless(ownerNode)
      }
      if (ownerNode.foreground) touched.push(owner.uid)
    }
    for (const { uid, apiVersion, kind, name } of node.owners) {
      const owner = this.#nodes.get(uid) ?? this.#add(uid)
      if (owner.virtual) owner.identity = { apiVersion, kind, namespace: node.identity.namespace, name, resource: undefined }
      owner.dependents.add(node)
    }
    return touched
  }

  #dropIfUseless(node: Node): void {
    if (node.virtual && node.dependents.size === 0) this.#nodes.delete(node.uid)
  }
}

const uidsOf = (nodes: Iterable<Node>) => Array.from(nodes, (node) => node.uid)

/** Dependents that keep a foreground deletion waiting. */
export function blockingDependents(node: Node): readonly Node[] {
  return [...node.dependents].filter((dependent) => dependent.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion))
}
