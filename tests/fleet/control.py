"""A control endpoint on 127.0.0.1: `GET /truth`, `GET /stats`, `POST /fault`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fleet.truth import as_dict

if TYPE_CHECKING:
    from tests.fleet.city import City


class ControlServer:
    """The endpoint of one running city."""

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        self._runner = runner
        self.port = port

    @classmethod
    async def start(cls, city: City, port: int) -> ControlServer:
        """Listen on 127.0.0.1; port 0 takes a free one.

        Raises:
            OSError: the port is in use.
        """
        app = web.Application(client_max_size=64 * 1024)

        async def truth(request: web.Request) -> web.Response:
            return web.json_response([as_dict(row) for row in city.truth()])

        async def stats(request: web.Request) -> web.Response:
            return web.json_response(city.stats())

        async def fault(request: web.Request) -> web.Response:
            try:
                order = await request.json()
                city.set_fault(order["subject"], order["fault"])
            except (ValueError, TypeError, KeyError) as error:
                return web.json_response({"error": str(error)}, status=400)
            return web.json_response({"subject": order["subject"], "fault": order["fault"]})

        app.add_routes(
            [web.get("/truth", truth), web.get("/stats", stats), web.post("/fault", fault)]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        return cls(runner, int(runner.addresses[0][1]))

    async def close(self) -> None:
        await self._runner.cleanup()
