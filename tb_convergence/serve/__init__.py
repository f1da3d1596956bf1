"""The Convergence tab's backend, inside TensorBoard.

loader.py     entry point: sampling flags, and loading the plugin without ever taking TensorBoard down
plugin.py     routes
handlers.py   one function a route: arguments → answer
arguments.py  what came in the query string, checked
answers.py    bytes and their type → HTTP
store.py      what has been read and diagnosed, for all requests
configured.py the user's settings of the diagnosis, as they are now
assets.py     the frontend's files
http_api.md   the contract
static/       the frontend, written by its build
"""
