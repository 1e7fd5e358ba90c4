"""Runs scim2-tester against the server named by SCIM_URL and SCIM_TOKEN; prints its results as JSON."""

import json
import os

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

headers = {"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}
client = SyncSCIMClient(Client(base_url=os.environ["SCIM_URL"], headers=headers))
print(
    json.dumps(
        [
            {
                "status": result.status.name,
                "check": result.title or "",
                "reason": result.reason or "",
                "resourceType": result.resource_type,
                "data": None if result.data is None else repr(result.data),
            }
            for result in check_server(client)
        ]
    )
)
