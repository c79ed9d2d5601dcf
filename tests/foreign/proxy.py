"""HTTPS proxy that leads graph.facebook.com to the emulator, for clients that always call this host.

A throw-away authority signs the certificate. Only the processes of the bots trust it.
"""

import asyncio
import ssl
import threading

import trustme

HOST = "graph.facebook.com"


class Proxy:
    """Proxy on a free port of this machine. `target` is the port of the emulator."""

    def __init__(self, target, authority_file):
        authority = trustme.CA()
        authority.cert_pem.write_to_path(authority_file)
        self._target, self._tls = target, ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH
        )
        authority.issue_cert(HOST).configure_cert(self._tls)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        started = asyncio.start_server(self._serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(started, self._loop).result()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader, writer):
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            if not request.startswith(f"CONNECT {HOST}:443 ".encode()):
                writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                return
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await writer.start_tls(self._tls)
            emulator = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(_copy(reader, emulator[1]), _copy(emulator[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # The client is gone.
        finally:
            writer.close()


async def _copy(reader, writer):
    while content := await reader.read(65536):
        writer.write(content)
        await writer.drain()
    writer.close()
