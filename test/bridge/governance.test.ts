/** Roles and entitlements for identity governance, through the front door. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bridge, startBridge } from '../support/bridge.ts';

const GUID = '7f4bc1a3-285e-48ae-8202-5accb43efb0e';

let bridge: Bridge;
beforeAll(async () => {
  bridge = await startBridge();
});
afterAll(() => bridge.stop());

const get = (path: string) => bridge.scim('GET', path);
const filter = (text: string) => `filter=${encodeURIComponent(text)}`;

describe("Okta's governance (idp-clients.md §2.9)", () => {
  test('T032 T033 roles: one of them by page, all by count, each by id and filter', async () => {
    const types = (await get('/ResourceTypes')).body.Resources;
    expect(types.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      '/Users',
      '/Groups',
      '/Roles',
      '/Entitlements',
    ]);
    const { body } = await get('/Roles?count=1&startIndex=1');
    expect([body.itemsPerPage, body.totalResults, body.startIndex]).toEqual([1, 2, 1]);
    const [{ id, displayName, schemas }] = body.Resources;
    expect([displayName, schemas]).toEqual(['Admin', ['urn:okta:scim:schemas:core:1.0:Role']]);
    expect((await get(`/Roles/${id}`)).body.displayName).toBe('Admin');
    const found = await get(`/Roles?${filter('displayName co "full"')}`);
    expect(found.body.Resources.map((row: { id: string }) => row.id)).toEqual(['member']);
    expect((await get('/Roles/none')).body.status).toBe('404');
    expect((await bridge.scim('POST', '/Roles', { displayName: 'New' })).body.status).toBe('405');
  });

  test('entitlements are the groups, by page, id and filter', async () => {
    const groups = (await get('/Groups?attributes=displayName&count=1000')).body.Resources;
    const { body } = await get('/Entitlements?count=1000');
    const plain = (rows: { id: string; displayName: string }[]) =>
      rows.map(({ id, displayName }) => [id, displayName]);
    expect(plain(body.Resources)).toEqual(plain(groups));
    expect(new Set(body.Resources.map(({ type }: { type: string }) => type))).toEqual(new Set(['Group']));
    const [{ id, displayName }] = groups;
    expect((await get(`/Entitlements/${id}`)).body).toMatchObject({ id, displayName, type: 'Group' });
    const named = await get(
      `/Entitlements?count=1&${filter(`type eq "group" and displayName eq "${displayName}"`)}`,
    );
    expect([named.body.itemsPerPage, plain(named.body.Resources)]).toEqual([1, [[id, displayName]]]);
    expect(
      (await get(`/Entitlements?${filter('type eq "other" or description pr')}`)).body.totalResults,
    ).toBe(0);
    expect((await get(`/Entitlements/${GUID}`)).body.status).toBe('404');
  });
});
