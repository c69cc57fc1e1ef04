"""The servers: one HTTPS port for sign-in, admin interface and Graph, one that stands for somebody
else's host, and one without TLS for Azure's identity endpoints."""

import base64
import collections
import gzip
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import secrets
import ssl
import threading
import time
import urllib.parse
import uuid

from certificates import Authority

from . import application_certificates
from .tenant_state import CmdletError, READABLE, Tenant, parse_stamp

GRAPH_ID = "00000003-0000-0000-c000-000000000000"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
READERS = {f"Get-{noun}" for noun in READABLE} | {"Get-MessageTraceV2", "Get-MessageTraceDetailV2"}
WRITERS = {"Set-OrganizationConfig", "New-InboundConnector", "Set-InboundConnector",
           "Remove-InboundConnector"}

Seen = collections.namedtuple("Seen", "host method path headers body")


class Answer:
    """What is sent back. `raw` faults reach below HTTP."""

    def __init__(self, status, body=b"", headers=(), cut=None, stall=0.0):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = dict(headers)
        self.cut = cut  # bytes after which the connection ends
        self.stall = stall  # seconds before anything is sent
        if not isinstance(body, bytes):
            self.headers.setdefault("Content-Type", "application/json; odata.metadata=minimal")


# --- faults, for StandIn.fail ---

def refused_token():
    return Answer(401, b"")


def invisible():
    """The 403 of a cmdlet that the caller can't see: zeros that claim to be gzip."""
    return Answer(403, bytes(4096), {"Content-Encoding": "gzip", "Content-Type": "text/html"})


def throttled(after=1):
    headers = {} if after is None else {"Retry-After": str(after)}
    return Answer(429, {"error": {"code": "TooManyRequests", "message": "Throttled"}}, headers)


def busy(status=503, after=None):
    headers = {} if after is None else {"Retry-After": str(after)}
    return Answer(status, b"The service is unavailable.", headers)


def redirect(location, status=302):
    return Answer(status, b"", {"Location": location})


def not_json():
    return Answer(200, b"<html>proxy says hello</html>", {"Content-Type": "text/html"})


def half_a_body(body=b'{"value":[{"Name":"half'):
    return Answer(200, body + bytes(200), {}, cut=len(body))


def stalled(seconds):
    return Answer(200, {"value": []}, stall=seconds)


def expired_page():
    return error_answer(CmdletError(
        400, "BadRequest", "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
        "Expired or Invalid pagination request. Default Expiry time is 00:30:00"))


def error_answer(error):
    """An error of the admin interface, with the stack trace that nobody wants to read."""
    generic = ("Exception of type 'Microsoft.Exchange.Management.PSDirectInvoke."
               "DirectInvokeCmdletExecutionException' was thrown.")
    return Answer(error.status, {
        "error": {
            "code": error.code,
            "message": "Error executing cmdlet",
            "details": [{"code": "Client", "target": "",
                         "message": f"Ex6F9304|{error.kind}|{error.text}"}],
            "innererror": {
                "message": "Error executing cmdlet",
                "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "stacktrace": "   at Microsoft.Exchange.Admin.OData.Core.SECRETSTACK()",
                "internalexception": {
                    "message": generic,
                    "type": "Microsoft.Exchange.Management.PSDirectInvoke."
                            "DirectInvokeCmdletExecutionException",
                    "stacktrace": "   at Microsoft.Exchange.Management.SECRETSTACK()"},
            },
        },
        "adminapi.warnings@odata.type": "#Collection(String)",
        "@adminapi.warnings": [],
    })


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def with_sidecars(item):
    """The type annotations that the service puts beside each property."""
    out = {}
    for key, value in item.items():
        if isinstance(value, bool):
            out[f"{key}@data.type"] = "System.Boolean"
        elif key == "Guid":
            out[f"{key}@data.type"], out[f"{key}@odata.type"] = "System.Guid", "#Guid"
        elif isinstance(value, list):
            out[f"{key}@odata.type"] = "#Collection(String)"
        out[key] = value
    return out


class App:
    """An application with its credential, grants and the cmdlets that its roles let it see."""

    def __init__(self, secret=None, certificate=None, federated=None,
                 roles=("Exchange.ManageAsApp",), cmdlets=None, public=False, user=None,
                 graph_roles=("ExchangeMessageTrace.Read.All", "ThreatHunting.Read.All")):
        self.id = str(uuid.uuid4())
        self.secret, self.certificate, self.federated = secret, certificate, federated
        self.roles, self.graph_roles = list(roles), list(graph_roles)
        self.cmdlets = (READERS | WRITERS) if cmdlets is None else set(cmdlets)
        self.public, self.user = public, user


class StandIn:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        authority = Authority(self.folder, "Stand-in CA")
        self.ca = authority.file
        server = authority.issue("server", "localhost",
                                 "DNS:localhost,DNS:eurpr01.localhost,IP:127.0.0.1")
        self.tenants, self.apps = {}, {}
        self.seen, self.tokens = [], {}
        self.token_life = 3600
        self.page_size = 1000
        self.paging = "works"  # or "broken": every skip token has expired
        self.pages_all_the_same = False  # also where ResultSize is Unlimited
        self.empty_write = 200  # status of a write without objects; 204 has been thought possible
        self.identity_app = None  # the application of the managed identity
        self.identity_header = secrets.token_hex(16)
        self.device = {"interval": 1, "after": 2, "answers": []}
        self.assertions = set()
        self._faults = collections.defaultdict(list)
        self._key = secrets.token_bytes(32)
        self._lock = threading.RLock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server)
        self._servers = [self._serve("front", context), self._serve("elsewhere", context),
                         self._serve("identity", None)]
        front, elsewhere, identity = (each.server_address[1] for each in self._servers)
        self.base = f"https://localhost:{front}"
        self.regional = f"https://eurpr01.localhost:{front}"
        self.elsewhere = f"https://localhost:{elsewhere}"
        self.elsewhere_by_host = f"https://127.0.0.1:{front}"
        self.identity = f"http://127.0.0.1:{identity}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    # --- setting up ---

    def add_tenant(self, domain, exports=None, identifier=None):
        tenant = Tenant(domain, exports, identifier)
        self.tenants[tenant.id] = self.tenants[domain.lower()] = tenant
        return tenant

    def add_app(self, **grants):
        app = App(**grants)
        self.apps[app.id] = app
        return app

    def fail(self, what, *answers):
        """The next calls of a cmdlet, or of a path's last part ("token"), are answered so; a None
        among the answers lets one call pass."""
        with self._lock:
            self._faults[what].extend(answers)

    def environment(self, **more):
        """For the program: trust the CA, and have no proxy in between."""
        kept = {name: value for name, value in os.environ.items()
                if not name.lower().endswith("_proxy") and not name.startswith("AZURE_")}
        return {**kept, "CURL_CA_BUNDLE": str(self.ca), **more}

    def profile(self, name, tenant=None, app=None, **keys):
        """One [profile.NAME] table."""
        lines = {"login_host": self.base, "exchange_host": self.base, "graph_host": self.base,
                 "identity_host": self.identity}
        if tenant is not None:
            lines["tenant"] = getattr(tenant, "domain", tenant)
        if app is not None:
            lines["client_id"] = app.id
        lines.update(keys)
        text = f"[profile.{name}]\n"
        for key, value in lines.items():
            text += f"{key} = {json.dumps(value)}\n"
        return text

    def write_config(self, name, tenant=None, app=None, **keys):
        file = self.folder / "config.toml"
        with file.open("a") as out:
            out.write(self.profile(name, tenant, app, **keys) + "\n")
        return file

    def calls(self, cmdlet=None):
        """The names of the cmdlets called, in order; or how often one was."""
        names = [json.loads(each.body)["CmdletInput"]["CmdletName"] for each in self.seen
                 if each.path.split("?")[0].endswith("/InvokeCommand")]
        return names if cmdlet is None else names.count(cmdlet)

    def token_requests(self):
        return [each for each in self.seen if each.path.split("?")[0].endswith("/token")]

    # --- serving ---

    def _serve(self, host, context):
        standin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60
            # One segment an answer, or delayed acknowledgements cost 40 ms each.
            wbufsize = -1
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def setup(self):
                # The handshake belongs to the connection's thread, not to the listener.
                if context is not None:
                    self.request.settimeout(30)
                    self.request = context.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self):
                super().finish()
                self.request.close()

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length) if length else b""
                seen = Seen(host, self.command, self.path, dict(self.headers), body)
                with standin._lock:
                    standin.seen.append(seen)
                try:
                    answer = standin.respond(seen)
                except Exception as error:  # pylint: disable=broad-except
                    answer = Answer(500, {"error": {"message": f"stand-in: {error!r}"}})
                self.put(answer)

            do_GET = do_POST = answer

            def put(self, answer):
                if answer.stall:
                    time.sleep(answer.stall)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body[:answer.cut])
                self.wfile.flush()
                if answer.cut is not None:
                    self.close_connection = True

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that went away, or a TLS handshake that failed

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.05}).start()
        return server

    def respond(self, seen):
        path, _, query = seen.path.partition("?")
        parts = path.strip("/").split("/")
        name = parts[-1]
        if name == "InvokeCommand" and seen.body:
            name = json.loads(seen.body)["CmdletInput"]["CmdletName"]
        with self._lock:
            fault = self._faults[name].pop(0) if self._faults[name] else None
        if fault is not None:
            return fault
        if seen.host == "elsewhere":
            return Answer(200, {"value": []})
        if seen.host == "identity":
            return self._identity(seen, path, urllib.parse.parse_qs(query))
        if path.endswith("/oauth2/v2.0/token"):
            return self._token(parts[0], dict(urllib.parse.parse_qsl(seen.body.decode())))
        if path.endswith("/oauth2/v2.0/devicecode"):
            return self._device_code(parts[0], dict(urllib.parse.parse_qsl(seen.body.decode())))
        if parts[:1] == ["adminapi"]:
            return self._admin(seen, parts, urllib.parse.parse_qs(query))
        if parts[:1] == ["v1.0"]:
            return self._graph(seen, path, urllib.parse.parse_qs(query))
        return Answer(404, {"error": {"message": "no such address"}})

    # --- tokens ---

    def issue(self, tenant, app, resource, **changed):
        """A token as the service would issue it; `changed` claims (None: left out)."""
        graph = resource.startswith("https://graph") or resource == GRAPH_ID or getattr(
            self, "graph_audience", None) == resource
        now = int(time.time())
        claims = {"aud": resource, "tid": tenant.id, "appid": app.id, "iat": now, "nbf": now,
                  "exp": now + self.token_life}
        if app.user:
            claims["upn"], claims["scp"] = app.user, " ".join(app.roles)
        else:
            claims["roles"] = (app.graph_roles if graph else app.roles) + (
                [] if graph else app.graph_roles)
        claims.update(changed)
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = b64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + b64(
            json.dumps(claims).encode())
        token = signed + "." + b64(hmac.new(self._key, signed.encode(), hashlib.sha256).digest())
        with self._lock:
            self.tokens[token] = (tenant, app, claims)
        return token

    @staticmethod
    def _refuse(code, text, error="invalid_client", status=401):
        return Answer(status, {"error": error,
                               "error_description": f"AADSTS{code}: {text} Trace ID: "
                                                    f"{uuid.uuid4()} Correlation ID: {uuid.uuid4()}"
                                                    " Timestamp: 2026-11-24 10:00:00Z",
                               "error_codes": [code]})

    def _granted(self, tenant, app, scope, **more):
        resource = scope.split(" ")[0].removesuffix("/.default")
        return Answer(200, {"token_type": "Bearer", "expires_in": self.token_life,
                            "access_token": self.issue(tenant, app, resource), **more})

    def _token(self, tenant_name, form):
        tenant = self.tenants.get(urllib.parse.unquote(tenant_name).lower())
        if tenant is None:
            return self._refuse(90002, f"Tenant '{tenant_name}' not found.", "invalid_request", 400)
        app = self.apps.get(form.get("client_id", ""))
        if app is None:
            return self._refuse(700016, f"Application with identifier '{form.get('client_id')}' was "
                                        "not found in the directory.", "unauthorized_client", 400)
        grant = form.get("grant_type")
        if grant == "urn:ietf:params:oauth:grant-type:device_code":
            return self._device_poll(tenant, app, form)
        if grant == "refresh_token":
            if form.get("refresh_token") != "refresh-" + app.id:
                return self._refuse(700082, "The refresh token has expired.", "invalid_grant", 400)
            return self._granted(tenant, app, form["scope"], refresh_token="refresh-" + app.id)
        if grant != "client_credentials":
            return self._refuse(70003, "The app requested an unsupported grant type.",
                                "unsupported_grant_type", 400)
        if form.get("client_assertion_type") == ASSERTION:
            wrong = self._judge(tenant_name, app, form.get("client_assertion", ""))
            if wrong is not None:
                return wrong
        elif app.secret is None or form.get("client_secret") != app.secret:
            # The real one does not echo the secret; a worse one might.
            return self._refuse(7000215, "Invalid client secret provided "
                                         f"({form.get('client_secret')}).")
        return self._granted(tenant, app, form.get("scope", ""))

    def _judge(self, tenant_name, app, assertion):
        """None where the assertion is good."""
        if app.federated is not None:
            if assertion == app.federated:
                return None
            return self._refuse(700213, "No matching federated identity record found for presented "
                                        "assertion subject.")
        if app.certificate is None:
            return self._refuse(700027, "The certificate is not registered on application.")
        head, claims, signature = assertion.split(".")
        header, body = json.loads(unb64(head)), json.loads(unb64(claims))
        if header.get("alg") != "PS256" or header.get("typ") != "JWT" or header.get(
                "x5t#S256") != application_certificates.thumbprint_s256(app.certificate):
            return self._refuse(700027, "The certificate with this thumbprint is not registered.")
        if not application_certificates.verify_ps256(app.certificate, f"{head}.{claims}".encode(),
                                         unb64(signature), self.folder):
            return self._refuse(700027, "Client assertion failed signature validation.")
        now = time.time()
        if not body["nbf"] - 5 <= now < body["exp"] or body["exp"] - body["nbf"] > 600:
            return self._refuse(700024, "Client assertion is not within its valid time range.")
        if body["iss"] != app.id or body["sub"] != app.id or body["aud"] != (
                f"{self.base}/{tenant_name}/oauth2/v2.0/token"):
            return self._refuse(700021, "Client assertion application identifier doesn't match.")
        if body["jti"] in self.assertions:
            return self._refuse(700024, "Client assertion was used before.")
        self.assertions.add(body["jti"])
        return None

    def _device_code(self, tenant_name, form):
        app = self.apps.get(form.get("client_id", ""))
        if app is None or not app.public:
            return self._refuse(7000218, "The request body must contain client_assertion or "
                                         "client_secret.")
        return Answer(200, {"device_code": "device-" + app.id, "user_code": "ABCD-EFGH",
                            "verification_uri": "https://microsoft.com/devicelogin",
                            "expires_in": 900, "interval": self.device["interval"]})

    def _device_poll(self, tenant, app, form):
        if form.get("device_code") != "device-" + app.id:
            return Answer(400, {"error": "bad_verification_code", "error_description": "AADSTS70019"})
        if self.device["answers"]:
            return Answer(400, {"error": self.device["answers"].pop(0)})
        return self._granted(tenant, app, self.base + "/.default",
                             refresh_token="refresh-" + app.id)

    def _identity(self, seen, path, query):
        if path == "/metadata/identity/oauth2/token":
            good = seen.headers.get("Metadata") == "true" and query.get("api-version") == [
                "2018-02-01"]
        elif path == "/msi/token":
            good = seen.headers.get("X-IDENTITY-HEADER") == self.identity_header and query.get(
                "api-version") == ["2019-08-01"]
        else:
            return Answer(404, b"")
        if not good:
            return Answer(400, {"error": "invalid_request", "error_description": "Required metadata "
                                                                                 "header missing"})
        if self.identity_app is None or query.get("client_id", [self.identity_app[1].id]) != [
                self.identity_app[1].id]:
            return Answer(400, {"error": "invalid_request",
                                "error_description": "Identity not found"})
        tenant, app = self.identity_app
        life = str(self.token_life)
        return Answer(200, {"access_token": self.issue(tenant, app, query["resource"][0]),
                            "expires_in": life, "expires_on": str(int(time.time()) + int(life)),
                            "token_type": "Bearer", "resource": query["resource"][0]})

    def _holder(self, seen):
        """Tenant, application and claims of the token, or None."""
        token = seen.headers.get("Authorization", "").removeprefix("Bearer ")
        found = self.tokens.get(token)
        if found is None or found[2]["exp"] <= time.time():
            return None
        return found

    # --- the admin interface ---

    def _admin(self, seen, parts, query):
        if len(parts) != 4 or parts[3] != "InvokeCommand" or seen.method != "POST":
            return Answer(404, b"")
        if parts[1] != "beta":
            return Answer(405, b"")
        holder = self._holder(seen)
        if holder is None:
            return refused_token()
        tenant, app, claims = holder
        granted = claims.get("roles", []) + claims.get("scp", "").split(" ")
        if claims["aud"].rstrip("/") not in (self.base, "https://outlook.office.com") or not (
                {"Exchange.ManageAsApp", "Exchange.Manage"} & set(granted)):
            return refused_token()
        if self.tenants.get(urllib.parse.unquote(parts[2]).lower()) is not tenant:
            return refused_token()
        anchor = seen.headers.get("X-AnchorMailbox", "")
        if "SystemMailbox{" in anchor and anchor.rpartition("@")[2] not in (tenant.id, tenant.domain):
            return error_answer(CmdletError(400, "ErrorIncorrectRoutingHint", "RoutingHint",
                                            "The routing hint is incorrect."))
        call = json.loads(seen.body)["CmdletInput"]
        cmdlet, parameters = call["CmdletName"], call.get("Parameters", {})
        if cmdlet not in app.cmdlets:
            return invisible()
        if "skiptoken" in query and self.paging == "broken":
            return expired_page()
        try:
            objects, warnings = tenant.run(cmdlet, parameters)
        except CmdletError as error:
            return error_answer(error)
        if not cmdlet.startswith("Get-") and not objects and self.empty_write == 204:
            return Answer(204, b"")
        return self._page(seen, tenant, cmdlet, parameters, objects, warnings, query)

    def _page(self, seen, tenant, cmdlet, parameters, objects, warnings, query):
        envelope = {
            "@odata.context": f"{self.base}/adminapi/beta/{tenant.id}/$metadata#Collection("
                              "Exchange.GenericHashTable)",
            "adminapi.warnings@odata.type": "#Collection(String)",
            "@adminapi.warnings": warnings,
        }
        whole = cmdlet.startswith("Get-MessageTrace") or (
            parameters.get("ResultSize") == "Unlimited" and not self.pages_all_the_same)
        skip = int(query.get("skiptoken", ["0"])[0])
        if not whole and len(objects) > skip + self.page_size:
            host = self.base if self.paging == "works" else self.regional
            envelope["@odata.nextLink"] = (f"{host}/adminapi/beta/{tenant.id}/InvokeCommand"
                                           f"?skiptoken={skip + self.page_size}")
        if not whole:
            objects = objects[skip:skip + self.page_size]
        envelope["value"] = [with_sidecars(each) for each in objects]
        body = json.dumps(envelope).encode()
        headers = {"Content-Type": "application/json; odata.metadata=minimal"}
        if "gzip" in seen.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        return Answer(200, body, headers)

    # --- Graph ---

    def _graph(self, seen, path, query):
        holder = self._holder(seen)
        if holder is None:
            return Answer(401, {"error": {"code": "InvalidAuthenticationToken",
                                          "message": "Access token is empty or has expired."}})
        tenant, app, _ = holder
        traces = "/v1.0/admin/exchange/tracing/messageTraces"
        if path == traces:
            needed, answer = "ExchangeMessageTrace.Read.All", self._graph_trace
        elif path.startswith(traces + "/") and "/getDetailsByRecipient(" in path:
            needed, answer = "ExchangeMessageTrace.Read.All", self._graph_details
        elif path == "/v1.0/security/runHuntingQuery":
            needed, answer = "ThreatHunting.Read.All", self._hunting
        else:
            return Answer(404, {"error": {"code": "ResourceNotFound", "message": path}})
        if needed not in app.graph_roles:
            return Answer(403, {"error": {"code": "Forbidden",
                                          "message": f"Missing scope permissions: {needed}."}})
        return answer(seen, tenant, query)

    def _graph_trace(self, _, tenant, query):
        words = query["$filter"][0].split(" ")
        start, end = parse_stamp(words[2]), parse_stamp(words[6])
        top = int(query.get("$top", ["1000"])[0])
        skip = int(query.get("$skiptoken", ["0"])[0])
        rows = [{"id": row["MessageTraceId"], "senderAddress": row["SenderAddress"],
                 "recipientAddress": row["RecipientAddress"], "messageId": row["MessageId"],
                 "receivedDateTime": row["Received"], "subject": row["Subject"],
                 "size": row["Size"], "fromIP": row["FromIP"], "toIP": row["ToIP"],
                 "status": row["Status"].lower()}
                for row in tenant.trace if start <= parse_stamp(row["Received"]) <= end]
        body = {"@odata.context": f"{self.base}/v1.0/$metadata#messageTraces",
                "value": rows[skip:skip + top]}
        if len(rows) > skip + top:
            again = urllib.parse.urlencode({"$filter": query["$filter"][0], "$top": top,
                                            "$skiptoken": skip + top})
            body["@odata.nextLink"] = (f"{self.base}/v1.0/admin/exchange/tracing/messageTraces?"
                                       + again)
        return Answer(200, body)

    def _graph_details(self, seen, tenant, _):
        path = urllib.parse.unquote(seen.path.split("?")[0])
        found = re.search(r"/messageTraces/([^/]+)/getDetailsByRecipient\(recipientAddress='(.*)'\)$", path)
        rows = tenant.details.get((found[1], found[2].replace("''", "'")), []) if found else []
        message_ids = {row["MessageTraceId"]: row["MessageId"] for row in tenant.trace}
        return Answer(200, {"@odata.context": f"{self.base}/v1.0/$metadata#details", "value": [
            {"id": f"detail-{number}", "messageId": message_ids[found[1]], "dateTime": row["Date"],
             "event": row["Event"], "action": "", "description": "", "data": row["Data"]}
            for number, row in enumerate(rows)]})

    def _hunting(self, seen, tenant, _):
        query = json.loads(seen.body)
        if "EmailEvents" not in query.get("Query", ""):
            return Answer(400, {"error": {"code": "BadRequest", "message": "Semantic error."}})
        return Answer(200, {"@odata.context": f"{self.base}/v1.0/$metadata#microsoft.graph."
                                              "security.huntingQueryResults", **tenant.hunting})
