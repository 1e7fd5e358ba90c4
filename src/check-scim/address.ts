/** The base URL of a server, and addresses below it. Entra and Okta allow a query in it; it then goes to every address. */

export interface Address {
  /** The whole address of a path such as `/Users?count=1`. */
  readonly to: (path: string) => string;
  readonly shown: string;
}

/** Reads a base URL; undefined when it is none that can be used: http(s) only, without user and password. */
export const readAddress = (text: string): Address | undefined => {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    return undefined;
  const start = url.origin + url.pathname.replace(/\/+$/, '');
  const always = url.search.slice(1);
  return {
    shown: start + url.search,
    to: (path) => {
      if (always === '') return start + path;
      return `${start}${path}${path.includes('?') ? '&' : '?'}${always}`;
    },
  };
};
