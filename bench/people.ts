/** The people and groups of the benchmarks: such as an identity provider sends them, the same for the same numbers. */
import type { Attributes } from '../src/directory/model.ts';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Members of a department, of the small group and of each of the large ones. */
export const DEPARTMENT = 50;
export const SMALL = 10;
export const LARGE = 10_000;
/** People in no group, besides those counted: they are added and removed, one by each line of the load. */
export const SPARES = 64;

const GIVEN = ['Ada', 'Grace', 'Alan', 'Joan', 'Edsger', 'Barbara', 'Tony', 'Radia', 'Niklaus', 'Karen'];
const FAMILY = ['Lovelace', 'Hopper', 'Turing', 'Clarke', 'Dijkstra', 'Liskov', 'Hoare', 'Perlman', 'Wirth'];

/** Attributes of a person as Okta sends them. `key` makes her userName, e-mail address and externalId her own. */
export const person = (key: string, index: number): Attributes => {
  const givenName = GIVEN[index % GIVEN.length] ?? '';
  const familyName = FAMILY[index % FAMILY.length] ?? '';
  const address = `${key}@example.com`;
  return {
    userName: address,
    externalId: `ext-${key}`,
    name: { givenName, familyName, formatted: `${givenName} ${familyName}` },
    displayName: `${givenName} ${familyName}`,
    title: 'Analyst',
    locale: 'en-US',
    timezone: 'Europe/Berlin',
    emails: [{ value: address, type: 'work', primary: true }],
    phoneNumbers: [{ value: `+49 30 ${String(index).padStart(6, '0')}`, type: 'work' }],
    active: true,
    [ENTERPRISE]: {
      employeeNumber: String(index),
      department: `Department ${Math.floor(index / DEPARTMENT)}`,
      costCenter: '4711',
    },
  };
};

/** Names a person who is there from the beginning. */
export const keyOf = (index: number): string => `person-${index}`;

/** How many members the largest group has among so many people. */
export const largest = (people: number): number => Math.min(LARGE, people);
