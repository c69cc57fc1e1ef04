// A record for tests, with something in every column.
#pragma once

#include "base/time.hpp"
#include "ledger/record.hpp"

namespace postern::ledger {

constexpr UnixTime today = 1795000000;

inline Record full_record() {
  Record r;
  r.time = today;
  r.outcome = Outcome::exception;
  r.mode = Mode::observe;
  r.stage = Stage::data;
  r.door = "milter";
  r.transaction = "4F1";
  r.client = IpAddress::parse("2001:db8::7");
  r.helo = "printer\"; DROP TABLE submission; --";
  r.tls = true;
  r.tls_version = "TLSv1.3";
  r.certificate_trusted = true;
  r.certificate_name = "mail.contoso.com";
  r.certificate_alternative_names = {"a.contoso.com", "*.contoso.com"};
  r.sender = "Scanner@contoso.com";
  r.judged_as = "contoso.com";
  r.recipient = "ann@contoso.com";
  r.header_known = true;
  r.header_from = "scanner@contoso.com";
  r.message_id = "1@contoso.com";
  r.tenant = "contoso.com";
  r.reason = "direct_send_rejected";
  r.exception = "aligned_dkim";
  r.connector = "HQ \xc3\xa9";
  r.reply = "550 5.7.68 no";
  r.steps = {{"authenticated", "Did the client sign in?", "no", ""},
             {"partner.match", "Does it match?", "unknown", "HQ \xff"}};
  return r;
}

}  // namespace postern::ledger
