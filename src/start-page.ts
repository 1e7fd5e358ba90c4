/** The page at `/`: says what runs here and where SCIM is. It holds no data; the dashboard will take its place. */
import type { RequestHandler } from 'express';

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem}
code{overflow-wrap:anywhere}`;

const page = (scimBaseUrl: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>mode-scim-bridge</title><style>${STYLE}</style></head>
<body><main><h1>mode-scim-bridge</h1>
<p>This is the bridge between an identity provider and Mode. It is running.</p>
<p>SCIM base URL for the identity provider: <code>${scimBaseUrl}</code></p>
<p><a href="/readyz">Ready?</a> · <a href="/scim/v2/ServiceProviderConfig">What SCIM can do here</a></p>
</main></body></html>`;

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export const startPage =
  (scimBaseUrl: () => string): RequestHandler =>
  (_request, response) => {
    response
      .set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .set('X-Content-Type-Options', 'nosniff')
      .type('html')
      .send(page(escapeHtml(scimBaseUrl())));
  };
