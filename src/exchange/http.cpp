#include "exchange/http.hpp"

#include <curl/curl.h>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/ip.hpp"

namespace postern::exchange {
namespace {

constexpr long connect_limit_ms = 15'000;
// What is on the same machine answers at once or is not there.
constexpr long identity_connect_limit_ms = 3'000;

struct UrlCloser {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct EasyCloser {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct ListCloser {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListCloser>;

std::string part(CURLU* url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

bool add(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  (void)list.release();
  list.reset(longer);
  return true;
}

struct Receiving {
  Response response;
  std::size_t longest = 0;
  bool too_long = false;
};

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* to) {
  auto& receiving = *static_cast<Receiving*>(to);
  const std::size_t size = one * count;
  if (receiving.response.body.size() + size > receiving.longest) {
    receiving.too_long = true;
    return 0;
  }
  receiving.response.body.append(bytes, size);
  return size;
}

std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* to) {
  auto& response = static_cast<Receiving*>(to)->response;
  const std::string_view line(bytes, one * count);
  // A status line begins a new set (100 Continue, a proxy's CONNECT).
  if (line.starts_with("HTTP/")) {
    response.headers.clear();
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && response.headers.size() < 200) {
    response.headers.push_back(
        {std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
  }
  return line.size();
}

std::string remedy_for(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "check the name resolution of this machine, the profile's cloud and its hosts";
    case CURLE_COULDNT_CONNECT:
      return "check the network, and https_proxy where one is needed";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "where a proxy inspects TLS, name its CA with ca_bundle in the profile or "
             "CURL_CA_BUNDLE";
    case CURLE_OPERATION_TIMEDOUT:
      return "try again; timeout in the profile allows more";
    default:
      return "try again";
  }
}

bool before_sending(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
         code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
         code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_CERTPROBLEM;
}

bool lasts(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_UNSUPPORTED_PROTOCOL;
}

std::string describe(CURLcode code, const char* detail, const Request& request) {
  switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP2:
      return "the answer broke off before it was whole";
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no whole answer within {} s", (request.time_limit.count() + 999) / 1000);
    default:
      break;
  }
  return *detail != '\0' ? std::string(detail) : std::string(curl_easy_strerror(code));
}

// "http://name:password@proxy.example:3128/" as "proxy.example:3128".
std::string shown_proxy(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    text.remove_prefix(scheme + 3);
  }
  if (const std::size_t user = text.rfind('@'); user != std::string_view::npos) {
    text.remove_prefix(user + 1);
  }
  return printable(text.substr(0, text.find('/')));
}

class Curl final : public Transport {
 public:
  Curl(CURL* easy, TransportOptions options, const Surroundings& around)
      : easy_(easy), options_(std::move(options)) {
    const auto variable = [&](const char* name) { return around.environment(name).value_or(""); };
    // libcurl leaves these to its command-line tool; administrators set them for both.
    if (options_.ca_bundle.empty()) options_.ca_bundle = variable("CURL_CA_BUNDLE");
    if (options_.ca_bundle.empty()) options_.ca_bundle = variable("SSL_CERT_FILE");
    ca_folder_ = variable("SSL_CERT_DIR");
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
      if (proxy_.empty()) proxy_ = shown_proxy(variable(name));
  }

  tl::expected<Response, SendFailure> send(const Request& request) override {
    const auto url = parse_url(request.url);
    if (!url) return tl::unexpected(SendFailure{url.error(), true, true});
    if (url->scheme != "https" && !(request.identity_endpoint && is_identity_host(url->host))) {
      return tl::unexpected(
          SendFailure{{"is not HTTPS", url->base(), "use an https address"}, true, true});
    }
    Receiving receiving;
    receiving.longest = request.longest_answer;
    char detail[CURL_ERROR_SIZE] = "";
    HeaderList headers;
    if (!prepare(request, receiving, headers, detail)) {
      return tl::unexpected(SendFailure{{"curl can't be set up", url->host, {}}, true, true});
    }
    const CURLcode code = curl_easy_perform(easy_.get());
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    // The token stays in no handle longer than its request.
    curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, nullptr);
    receiving.response.status = static_cast<int>(status);
    if (code == CURLE_OK) return std::move(receiving.response);
    if (receiving.too_long) {
      return tl::unexpected(
          SendFailure{{fmt::format("the answer is longer than {} MB", request.longest_answer >> 20),
                       url->host, "ask for less"},
                      false,
                      true});
    }
    long connect_status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (connect_status >= 400) return tl::unexpected(refused_by_proxy(connect_status));
    if (code == CURLE_BAD_CONTENT_ENCODING && status != 0) {
      receiving.response.undecodable = true;
      return std::move(receiving.response);
    }
    return tl::unexpected(
        SendFailure{{describe(code, detail, request), url->host, remedy_for(code)},
                    before_sending(code),
                    lasts(code)});
  }

 private:
  // A proxy's answer to CONNECT: nothing of the request went beyond it.
  [[nodiscard]] SendFailure refused_by_proxy(long status) const {
    const std::string proxy = proxy_.empty() ? "a proxy" : "the proxy " + proxy_;
    if (status == 407) {
      return {{fmt::format("{} asks for a user name and password (407)", proxy), "",
               "put them into https_proxy (http://NAME:PASSWORD@HOST:PORT), or ask who runs it to "
               "let this machine through"},
              true,
              true};
    }
    return {{fmt::format("{} refuses the connection ({})", proxy, status), "",
             "ask who runs it to let this machine through, or set no_proxy"},
            true,
            status < 500};
  }

  bool prepare(const Request& request, Receiving& receiving, HeaderList& headers, char* detail) {
    CURL* easy = easy_.get();
    curl_easy_reset(easy);
    bool fine = true;
    for (const Header& header : request.headers) {
      fine = fine && add(headers, header.name + ": " + header.value);
    }
    // Without an announced 100-continue, which some proxies answer late.
    fine = fine && add(headers, "Expect:");
    if (!request.bearer.empty()) {
      std::string line = "Authorization: Bearer " + request.bearer.reveal();
      fine = fine && add(headers, line);
      wipe(line);
    }
    const auto set = [&](CURLoption option, auto value) {
      fine = fine && curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, request.identity_endpoint ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        request.identity_endpoint ? identity_connect_limit_ms : connect_limit_ms);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.time_limit.count()));
    set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    set(CURLOPT_WRITEFUNCTION, take_body);
    set(CURLOPT_WRITEDATA, &receiving);
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, &receiving);
    if (!options_.ca_bundle.empty()) set(CURLOPT_CAINFO, options_.ca_bundle.c_str());
    if (!ca_folder_.empty()) set(CURLOPT_CAPATH, ca_folder_.c_str());
    if (request.identity_endpoint) set(CURLOPT_NOPROXY, "*");
    if (request.post) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.reveal().size()));
      set(CURLOPT_POSTFIELDS, request.body.reveal().c_str());
    }
    return fine;
  }

  std::unique_ptr<CURL, EasyCloser> easy_;
  TransportOptions options_;
  std::string ca_folder_;
  std::string proxy_;  ///< for messages: host and port
};

}  // namespace

std::string_view Response::header(std::string_view name) const noexcept {
  for (const Header& header : headers) {
    if (iequals(header.name, name)) return header.value;
  }
  return {};
}

std::string Url::base() const {
  const bool usual = (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return scheme + "://" + shown + (usual ? "" : ":" + port);
}

Result<Url> parse_url(std::string_view text) {
  const std::unique_ptr<CURLU, UrlCloser> url(curl_url());
  const std::string shown = printable(text.substr(0, 200));
  if (url == nullptr ||
      curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK ||
      text.find('\0') != std::string_view::npos) {
    return fail("is no address", shown, "write it like https://host/path");
  }
  if (!part(url.get(), CURLUPART_USER, 0).empty() ||
      !part(url.get(), CURLUPART_PASSWORD, 0).empty()) {
    return fail("an address has a user name or password in it", {}, "leave it away");
  }
  Url out;
  out.scheme = to_lower(part(url.get(), CURLUPART_SCHEME, 0));
  out.host = to_lower(part(url.get(), CURLUPART_HOST, 0));
  out.port = part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.path = part(url.get(), CURLUPART_PATH, 0);
  if (const std::string query = part(url.get(), CURLUPART_QUERY, 0); !query.empty()) {
    out.path += "?" + query;
  }
  if ((out.scheme != "https" && out.scheme != "http") || out.host.empty()) {
    return fail("is neither an http nor an https address", shown,
                "write it like https://host/path");
  }
  if (out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

bool is_identity_host(std::string_view host) noexcept {
  if (host == "localhost") return true;
  const auto address = IpAddress::parse(host);
  if (!address) return false;
  // Loopback, and link-local (RFC 3927) where IMDS and container identity endpoints are.
  static const Prefix local[] = {*Prefix::parse("127.0.0.0/8"), *Prefix::parse("169.254.0.0/16"),
                                 *Prefix::parse("::1/128")};
  for (const Prefix& prefix : local) {
    if (prefix.contains(*address)) return true;
  }
  return false;
}

Result<std::unique_ptr<Transport>> open_transport(const TransportOptions& options,
                                                  const Surroundings& around) {
  // Once a process; initialising statics is safe between threads.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* easy = ready == CURLE_OK ? curl_easy_init() : nullptr;
  if (easy == nullptr) return fail("curl can't be set up", "https");
  return std::unique_ptr<Transport>(std::make_unique<Curl>(easy, options, around));
}

}  // namespace postern::exchange
