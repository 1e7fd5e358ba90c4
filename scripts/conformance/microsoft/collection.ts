/** The Postman collection of Microsoft's SCIM reference code, as far as it is read here, and how it is told our server. */
import { z } from 'zod';

/** A folder with items, or a request; what else it has is passed on as it is. */
export interface CollectionItem {
  readonly name: string;
  readonly item?: readonly CollectionItem[] | undefined;
  readonly [more: string]: unknown;
}

const itemSchema: z.ZodType<CollectionItem> = z.looseObject({
  name: z.string(),
  get item() {
    return z.array(itemSchema).optional();
  },
});

const collectionSchema = z.looseObject({ item: z.array(itemSchema) });

export type Collection = z.infer<typeof collectionSchema>;

/** Asks their server for a token; ours is given. */
const TOKEN_FOLDER = 'Get Token';

/** Reads the collection without its request for a token. */
export const readCollection = (text: string): Collection => {
  const collection = collectionSchema.parse(JSON.parse(text));
  return { ...collection, item: collection.item.filter(({ name }) => name !== TOKEN_FOLDER) };
};

/** How many assertions it makes when every request is answered. */
export const countAssertions = (collection: Collection): number =>
  JSON.stringify(collection).split('pm.test(').length - 1;

/** The variables that the collection puts its addresses together from. */
export const environmentFor = (scimBaseUrl: string, scimToken: string): object => {
  const { protocol, hostname, port, pathname } = new URL(scimBaseUrl);
  const values = {
    Protocol: protocol.replace(':', ''),
    Server: hostname,
    Port: port === '' ? '' : `:${port}`,
    Api: pathname.replace(/^\//, ''),
    token: scimToken,
  };
  return {
    name: 'judged server',
    values: Object.entries(values).map(([key, value]) => ({ key, value, enabled: true })),
  };
};
