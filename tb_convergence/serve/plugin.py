"""The plugin: routes and nothing else. See http_api.md."""

from collections.abc import Callable, Mapping
from typing import Any

from tensorboard import plugin_util
from tensorboard.errors import NotFoundError
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from tb_convergence.schema.tags import PLUGIN_NAME
from tb_convergence.serve import handlers
from tb_convergence.serve.answers import Answer, check_method, respond
from tb_convergence.serve.arguments import Arguments
from tb_convergence.serve.assets import Assets
from tb_convergence.serve.store import Experiment, Store

Handler = Callable[[Experiment, Any, Arguments], Answer]

ROUTES: Mapping[str, Handler] = {
    "/runs": handlers.runs,
    "/diagnosis": handlers.diagnosis,
    "/variables": handlers.variables,
    "/statistics": handlers.statistics,
    "/thresholds": handlers.thresholds_,
    "/tile": handlers.tile_,
    "/lines": handlers.lines_,
    "/profile": handlers.profile,
    "/optimizer": handlers.optimizer_,
    "/gradient_check": handlers.gradient_check_,
    "/comparison": handlers.comparison,
    "/export": handlers.export_,
    "/report": handlers.report,
}
STATIC = "/static/"


class ConvergencePlugin(base_plugin.TBPlugin):
    """The Convergence tab."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: Any) -> None:
        self._store = Store(context.data_provider, getattr(context, "logdir", None) or None)
        self._assets = Assets()

    def get_plugin_apps(self) -> dict[str, Any]:
        """Path → WSGI application."""
        apps = {path: self._route(handler) for path, handler in ROUTES.items()}
        return {**apps, f"{STATIC}*": self._static()}

    def is_active(self) -> bool:
        """TensorBoard finds out by itself, from the plugin's name in the data, and cheaper."""
        return False

    def frontend_metadata(self) -> Any:
        """Where the frontend begins."""
        return base_plugin.FrontendMetadata(es_module_path=f"{STATIC}index.js", tab_name="Convergence")

    def _route(self, handler: Handler) -> Any:
        @wrappers.Request.application
        def serve(request: wrappers.Request) -> Any:
            check_method(request)
            experiment = self._store.experiment(plugin_util.experiment_id(request.environ))
            return respond(request, handler(experiment, plugin_util.context(request.environ), request.args))

        return serve

    def _static(self) -> Any:
        @wrappers.Request.application
        def serve(request: wrappers.Request) -> Any:
            check_method(request)
            name = request.path.rpartition(STATIC)[2]
            answer = self._assets.answer(name)
            if answer is None:
                raise NotFoundError(f"there is no file {name[:80]!r} in this package")
            return respond(request, answer)

        return serve
