#include "gate/milter_session.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "message/header.hpp"

namespace postern::gate {
namespace {

using milter::Command;
using policy::Known;
namespace action = milter::action;
namespace step = milter::step;

// Each goes where both servers know its value: TLS after STARTTLS shows at the second HELO; who
// signed in, at MAIL. The queue id is there from the first recipient on.
const std::vector<milter::SymbolList>& wanted_symbols() {
  static const std::vector<milter::SymbolList> lists = {
      {milter::Stage::connect, "j v {client_addr} {daemon_name}"},
      {milter::Stage::helo, "{tls_version} {cert_subject} {cert_issuer} {cn_subject} {verify}"},
      {milter::Stage::mail,
       "i {auth_authen} {tls_version} {cert_subject} {cert_issuer} {cn_subject} {verify} "
       "{mail_addr}"},
      {milter::Stage::recipient, "i {rcpt_addr}"},
      {milter::Stage::end_of_message, "i"},
  };
  return lists;
}

}  // namespace

MilterSession::MilterSession(std::shared_ptr<const judge::Judge> judge) : judge_(std::move(judge)) {
  reset();
}

MilterSession::~MilterSession() = default;

MilterSession::Event MilterSession::next(std::string_view& input, std::string& output,
                                         UnixTime now) {
  if (!fault_.empty()) return {Kind::close, {}};
  if (std::exchange(body_pending_, false) && authenticates_) return {Kind::body, last_body_};
  if (std::exchange(message_pending_, false)) return {Kind::message, {}};
  while (const auto frame = frames_.next(input)) {
    if (const Pending event = take(*frame, output, now)) return *event;
  }
  if (frames_.too_long()) return *close("a frame over the limit");
  return {Kind::input, {}};
}

MilterSession::Pending MilterSession::close(std::string_view fault) {
  end_transaction();
  fault_ = fault;
  return Event{Kind::close, {}};
}

MilterSession::Pending MilterSession::take(const milter::Frame& frame, std::string& output,
                                           UnixTime now) {
  const auto command = static_cast<Command>(frame.command);
  if (options_.version == 0 && command != Command::negotiate && command != Command::quit) {
    return close("no negotiation");
  }
  switch (command) {
    case Command::negotiate:
      return negotiate(frame.arguments, output);
    case Command::macros:
      if (!macros_.take(frame.arguments)) return close("malformed macros");
      mail_macros_are_new_ = mail_macros_are_new_ || frame.arguments.starts_with('M');
      recipient_macros_are_new_ = recipient_macros_are_new_ || frame.arguments.starts_with('R');
      return std::nullopt;
    case Command::connect:
      return connect(frame.arguments, output);
    case Command::helo:
      return helo(frame.arguments, output);
    case Command::mail:
      return mail(frame.arguments, output, now);
    case Command::recipient:
      return recipient(frame.arguments, output);
    case Command::header:
      return header(frame.arguments, output);
    case Command::body:
      return body(frame.arguments, output);
    case Command::end_of_message:
      return end_of_message(frame.arguments, output);
    case Command::data:
    case Command::end_of_header:
    case Command::unknown:
      milter::put_continue(output);
      return std::nullopt;
    case Command::abort:
      end_transaction();
      return std::nullopt;
    case Command::quit:
      return close("");
    case Command::quit_for_next:
      end_transaction();
      reset();
      return std::nullopt;
  }
  return close("an unknown command");
}

void MilterSession::reset() {
  macros_.clear();
  facts_ = {};
  facts_.door = judge::Door::milter;
  facts_.alternative_names_known = false;
}

// The fewest steps that the settings need, and no answers where none is of use.
MilterSession::Pending MilterSession::negotiate(std::string_view arguments, std::string& output) {
  const auto offered = milter::parse_negotiate(arguments);
  if (!offered) return close("a malformed negotiation");
  if (offered->version < milter::oldest_version) return close("a protocol older than version 2");
  options_.version = std::min(offered->version, milter::newest_version);
  options_.actions =
      offered->actions & (action::add_headers | action::change_headers | action::set_symbols);
  std::uint32_t steps = step::no_end_of_header | step::no_unknown | step::no_data |
                        step::connect_unanswered | step::helo_unanswered | step::mail_unanswered |
                        step::header_unanswered | step::body_unanswered;
  if (!judge_->may_need_header()) steps |= step::no_headers;
  if (judge_->may_need_header()) steps |= step::leading_space;
  if (!judge_->may_need_authentication()) steps |= step::no_body;
  options_.steps = offered->steps & steps;
  symbols_ = (options_.actions & action::set_symbols) != 0;
  constexpr std::uint32_t changes = action::add_headers | action::change_headers;
  can_change_ = (options_.actions & changes) == changes;
  if (!can_change_ &&
      (judge_->settings().strip_organization_headers || !judge_->settings().authserv_id.empty())) {
    remarks_.emplace_back(
        "the mail server lets no header be changed: forged fields stay, and no "
        "Authentication-Results is added");
  }
  milter::put_negotiate(output, options_,
                        symbols_ ? wanted_symbols() : std::vector<milter::SymbolList>{});
  return std::nullopt;
}

MilterSession::Pending MilterSession::connect(std::string_view arguments, std::string& output) {
  const auto facts = milter::parse_connect(arguments);
  if (!facts) return close("a malformed connection");
  facts_.client = facts->address;
  if (!negotiated(step::connect_unanswered)) milter::put_continue(output);
  return std::nullopt;
}

MilterSession::Pending MilterSession::helo(std::string_view arguments, std::string& output) {
  const auto strings = milter::parse_strings(arguments);
  if (!strings || strings->size() != 1) return close("a malformed HELO");
  facts_.helo = strings->front();
  if (!negotiated(step::helo_unanswered)) milter::put_continue(output);
  return std::nullopt;
}

void MilterSession::learn_facts() {
  const Known absent = symbols_ ? Known::no : Known::unknown;
  if (!facts_.client) {
    if (const auto* address = macros_.find("client_addr")) {
      facts_.client = IpAddress::parse(
          istarts_with(*address, "IPv6:") ? std::string_view(*address).substr(5) : *address);
    }
  }
  facts_.authenticated = macros_.find("auth_authen") != nullptr ? Known::yes : absent;
  const std::string* version = macros_.find("tls_version");
  facts_.tls = version != nullptr ? Known::yes : absent;
  facts_.tls_version = version != nullptr ? *version : std::string{};

  using State = policy::ClientCertificate::State;
  const std::string* subject = macros_.find("cert_subject");
  const std::string* common_name = macros_.find("cn_subject");
  const std::string* verified = macros_.find("verify");
  const std::string* server = macros_.find("v");
  facts_.common_name.clear();
  facts_.certificate_trusted = false;
  if (facts_.tls == Known::no) {
    facts_.certificate = State::none;
    return;
  }
  if (subject == nullptr && common_name == nullptr) {
    facts_.certificate = symbols_ ? State::none : State::unknown;
    return;
  }
  facts_.certificate = State::presented;
  // Postfix knows no {verify}, and tells a subject only where it trusts the certificate.
  if (verified != nullptr) {
    facts_.certificate_trusted = *verified == "OK";
  } else if (server != nullptr && istarts_with(*server, "Postfix")) {
    facts_.certificate_trusted = true;
  } else {
    facts_.certificate = State::unknown;
  }
  const auto name =
      policy::parse_certificate_name(common_name != nullptr ? milter::common_name_of(*common_name)
                                                            : milter::common_name_of(*subject));
  if (name) facts_.common_name = *name;
}

void MilterSession::remark_on_facts() {
  if (std::exchange(remarked_, true)) return;
  if (!facts_.client) {
    remarks_.emplace_back(
        "the mail server told no address of this client, and no {client_addr}: connectors by "
        "address can't match");
  }
  if (symbols_) return;
  const auto missing = [this](std::string_view name, const char* sentence) {
    if (macros_.find(name) == nullptr) remarks_.emplace_back(sentence);
  };
  missing("auth_authen",
          "no {auth_authen}, and the mail server takes no list of macros: whether clients signed "
          "in is not known");
  missing("tls_version",
          "no {tls_version}, and the mail server takes no list of macros: connectors that demand "
          "TLS can't be judged");
  missing("cert_subject",
          "no {cert_subject}, and the mail server takes no list of macros: connectors by "
          "certificate can't be judged");
  if (macros_.find("cert_subject") != nullptr) {
    missing("verify",
            "{cert_subject} without {verify}: whether certificates are to be trusted is not known");
  }
}

MilterSession::Pending MilterSession::mail(std::string_view arguments, std::string& output,
                                           UnixTime now) {
  const auto strings = milter::parse_strings(arguments);
  if (!strings || strings->empty()) return close("a malformed MAIL");
  end_transaction();
  learn_facts();
  remark_on_facts();
  const auto path = message::parse_path(strings->front());
  const bool unanswered = negotiated(step::mail_unanswered);
  sender_ = {};
  if (path) {
    sender_ = {path->null, path->address};
  } else {
    // What the server takes for an address and we can't read: judged by what follows the '@', as
    // far as that is a domain.
    std::string_view text = strings->front();
    if (text.ends_with('>')) text.remove_suffix(1);
    if (text.starts_with('<')) text.remove_prefix(1);
    sender_.address.text = printable(text);
    if (auto domain = normalise_domain(domain_of_address(text))) {
      sender_.address.domain = std::move(*domain);
    }
  }
  judge_by_servers_reading();
  hearing_ = std::make_unique<judge::Hearing>(judge_, facts_, sender_, now, std::string{});
  if (!unanswered) milter::put_continue(output);
  return std::nullopt;
}

bool MilterSession::is_own(std::string_view domain) const {
  return !domain.empty() && judge_->policy().owner_of(domain) != policy::no_tenant;
}

// The server's own tables go by its reading of MAIL's argument: quotes taken off, comments and
// groups read, percent and bang turned, its domain added. Where either reading is at an own domain,
// the sender is.
void MilterSession::judge_by_servers_reading() {
  // A server that has nothing to tell of this sender may send no macros at all.
  const std::string* read = macros_.find("mail_addr");
  if (!std::exchange(mail_macros_are_new_, false) || read == nullptr) return;
  auto domain = normalise_domain(domain_of_address(*read));
  if (!domain) return;
  if (!is_own(*domain) || is_own(sender_.address.domain)) return;
  sender_.null = false;
  sender_.address = {printable(*read), std::move(*domain)};
}

// As it is written, unless the server reads it otherwise and as one at an own domain: there it will
// be delivered. What can't be read as it is written, though the server took it, is whose the server
// says, or what follows the last '@'.
std::optional<message::Address> MilterSession::recipient_address(std::string_view written) {
  const bool told = std::exchange(recipient_macros_are_new_, false);
  const std::string* read = told ? macros_.find("rcpt_addr") : nullptr;
  std::optional<message::Address> servers;
  if (read != nullptr) {
    if (auto domain = normalise_domain(domain_of_address(*read))) {
      servers = message::Address{printable(*read), std::move(*domain)};
    }
  }
  const auto path = message::parse_path(written);
  if (path && !path->null) {
    const bool differs = servers && servers->domain != path->address.domain;
    return differs && is_own(servers->domain) ? servers : path->address;
  }
  if (servers) return servers;
  if (written.ends_with('>')) written.remove_suffix(1);
  if (written.starts_with('<')) written.remove_prefix(1);
  auto domain = normalise_domain(domain_of_address(written));
  if (!domain) return std::nullopt;
  return message::Address{printable(written), std::move(*domain)};
}

MilterSession::Pending MilterSession::recipient(std::string_view arguments, std::string& output) {
  const auto strings = milter::parse_strings(arguments);
  if (!strings || strings->empty()) return close("a malformed RCPT");
  if (!hearing_) return close("RCPT without MAIL");
  ++recipients_;
  const auto address = recipient_address(strings->front());
  const judge::RecipientAnswer answer =
      address ? hearing_->recipient(*address)
              : hearing_->unreadable_recipient(printable(strings->front()),
                                               {501, "5.1.3", "Bad recipient address"});
  if (answer.action == judge::Action::accept) {
    milter::put_continue(output);
  } else {
    milter::put_reply(output, answer.reply);
  }
  return std::nullopt;
}

MilterSession::Pending MilterSession::header(std::string_view arguments, std::string& output) {
  const auto strings = milter::parse_strings(arguments);
  if (!strings || strings->size() != 2) return close("a malformed header");
  const std::string_view name = (*strings)[0];
  const std::string_view value = (*strings)[1];
  if (header_.size() + name.size() + 2 * value.size() > longest_header) header_too_long_ = true;
  // It would continue the field before it, ours included.
  const bool continues = name.empty() || name.front() == ' ' || name.front() == '\t';
  header_continues_ = header_continues_ || continues;
  if (!header_too_long_ && !header_done_) {
    header_ += name;
    header_ += negotiated(step::leading_space) ? ":" : ": ";
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] == '\r') continue;
      if (value[i] != '\n') {
        header_ += value[i];
        continue;
      }
      header_ += "\r\n";
      // What is one field to the server is one field here.
      const bool folded = i + 1 < value.size() && (value[i + 1] == ' ' || value[i + 1] == '\t');
      if (!folded) header_ += '\t';
    }
    header_ += "\r\n";
  }
  if (!negotiated(step::header_unanswered)) milter::put_continue(output);
  return std::nullopt;
}

MilterSession::Event MilterSession::complete_header() {
  header_done_ = true;
  header_ += "\r\n";
  octets_ = smtp::MessageOctets::never_stuffed(std::exchange(header_, {}));
  fields_ = judge::whole_header(octets_);
  authenticates_ = hearing_ && hearing_->needs_authentication(fields_);
  return {Kind::header, {}};
}

MilterSession::Pending MilterSession::body(std::string_view arguments, std::string& output) {
  if (!negotiated(step::body_unanswered)) milter::put_continue(output);
  if (!hearing_) return std::nullopt;
  if (!header_done_) {
    last_body_ = arguments;
    body_pending_ = true;
    return complete_header();
  }
  if (!authenticates_) return std::nullopt;
  return Event{Kind::body, arguments};
}

MilterSession::Pending MilterSession::end_of_message(std::string_view arguments,
                                                     std::string& output) {
  if (!hearing_) {
    milter::put_continue(output);
    return std::nullopt;
  }
  // libmilter takes a last piece of the body here.
  last_body_ = arguments;
  body_pending_ = !arguments.empty();
  message_pending_ = true;
  if (!header_done_) return complete_header();
  if (std::exchange(body_pending_, false) && authenticates_) return Event{Kind::body, last_body_};
  message_pending_ = false;
  return Event{Kind::message, {}};
}

void MilterSession::answer(const auth::MessageAuthentication* results, std::string& output) {
  if (!hearing_) {
    milter::put_continue(output);
    return;
  }
  judge::MessageAnswer answer;
  if (header_too_long_) {
    answer = hearing_->unreadable_header({552, "5.3.4", "The header is too long"});
  } else if (header_continues_) {
    answer = hearing_->unreadable_header({554, "5.6.0", "A header field has no name"});
  } else if (judge_->may_need_header()) {
    answer = hearing_->message(fields_, results);
  }
  if (answer.action != judge::Action::accept) {
    milter::put_reply(output, answer.reply);
  } else {
    // From the bottom up: the server counts again after each removal.
    for (auto edit = answer.edits.rbegin(); can_change_ && edit != answer.edits.rend(); ++edit) {
      if (edit->kind == judge::HeaderEdit::Kind::remove) {
        milter::put_remove_header(output, edit->occurrence, edit->name);
      }
    }
    for (const judge::HeaderEdit& edit : answer.edits) {
      if (can_change_ && edit.kind == judge::HeaderEdit::Kind::prepend) {
        milter::put_insert_header(output, edit.name, edit.value, negotiated(step::leading_space));
      }
    }
    milter::put_continue(output);
  }
  end_transaction();
}

std::string MilterSession::queue_id() const {
  const std::string* id = macros_.find("i");
  return id == nullptr ? std::string{} : *id;
}

void MilterSession::end_transaction() {
  if (hearing_) {
    const std::string id = queue_id();
    for (ledger::Record& record : hearing_->take_records()) {
      record.transaction = id;
      records_.push_back(std::move(record));
    }
    hearing_.reset();
  }
  macros_.forget(Command::recipient);
  macros_.forget(Command::data);
  macros_.forget(Command::end_of_message);
  header_.clear();
  header_.shrink_to_fit();
  last_body_.clear();
  header_done_ = false;
  header_too_long_ = false;
  header_continues_ = false;
  fields_ = {};
  octets_ = {};
  authenticates_ = false;
  body_pending_ = false;
  message_pending_ = false;
}

}  // namespace postern::gate
