import { isAlreadyExists } from '../../apimachinery/api-error.ts'
import type { KubeObject, New } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'

/** Creates what is not there yet. What is there stays as it is: it may have been changed on purpose. */
export async function ensure<T extends KubeObject>(client: Pick<Client, 'create'>, resource: ResourceType<T>, object: New<T>): Promise<void> {
  try {
    await client.create(resource, object)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}
