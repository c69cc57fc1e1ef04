#include "impact/services.hpp"

#include <array>

#include "base/ascii.hpp"

namespace postern::impact {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view acs[] = {"azurecomm.net"};
constexpr std::string_view sendgrid[] = {"sendgrid.net"};
constexpr std::string_view mailchimp[] = {"mcsv.net", "mcdlv.net", "rsgsv.net", "mandrillapp.com"};
constexpr std::string_view ses[] = {"amazonses.com"};
constexpr std::string_view mailgun[] = {"mailgun.net", "mailgun.org"};
constexpr std::string_view postmark[] = {"mtasv.net", "postmarkapp.com"};
constexpr std::string_view sparkpost[] = {"sparkpostmail.com"};
constexpr std::string_view salesforce[] = {"salesforce.com", "exacttarget.com"};
constexpr std::string_view zendesk[] = {"zendesk.com"};
constexpr std::string_view hubspot[] = {"hubspot.com", "hubspotemail.net"};
constexpr std::string_view freshdesk[] = {"freshdesk.com", "freshemail.io"};
constexpr std::string_view servicenow[] = {"service-now.com"};
constexpr std::string_view workday[] = {"myworkday.com", "workday.com"};
constexpr std::string_view docusign[] = {"docusign.net", "docusign.com"};
constexpr std::string_view atlassian[] = {"atlassian.net", "atlassian.com"};
constexpr std::string_view github[] = {"github.com"};
constexpr std::string_view google[] = {"google.com", "googlemail.com"};
constexpr std::string_view zoho[] = {"zoho.com", "zohomail.com"};
constexpr std::string_view brevo[] = {"sendinblue.com", "brevo.com"};
constexpr std::string_view marketo[] = {"mktomail.com", "marketo.com"};
constexpr std::string_view pardot[] = {"pardot.com"};
constexpr std::string_view campaign_monitor[] = {"createsend.com", "cmail19.com", "cmail20.com"};
constexpr std::string_view constant_contact[] = {"constantcontact.com"};
constexpr std::string_view knowbe4[] = {"knowbe4.com"};
constexpr std::string_view mimecast[] = {"mimecast.com"};
constexpr std::string_view proofpoint[] = {"pphosted.com"};
constexpr std::string_view barracuda[] = {"barracudanetworks.com"};
constexpr std::string_view codetwo[] = {"codetwo.online"};
constexpr std::string_view exclaimer[] = {"exclaimer.net"};
constexpr std::string_view cisco[] = {"iphmx.com"};
constexpr std::string_view mailjet[] = {"mailjet.com"};

constexpr std::array<Service, 31> services{{
    {"Azure Communication Services", acs},
    {"SendGrid", sendgrid},
    {"Mailchimp", mailchimp},
    {"Amazon SES", ses},
    {"Mailgun", mailgun},
    {"Postmark", postmark},
    {"SparkPost", sparkpost},
    {"Salesforce", salesforce},
    {"Zendesk", zendesk},
    {"HubSpot", hubspot},
    {"Freshdesk", freshdesk},
    {"ServiceNow", servicenow},
    {"Workday", workday},
    {"DocuSign", docusign},
    {"Atlassian", atlassian},
    {"GitHub", github},
    {"Google", google},
    {"Zoho", zoho},
    {"Brevo", brevo},
    {"Marketo", marketo},
    {"Pardot", pardot},
    {"Campaign Monitor", campaign_monitor},
    {"Constant Contact", constant_contact},
    {"KnowBe4", knowbe4},
    {"Mimecast", mimecast},
    {"Proofpoint", proofpoint},
    {"Barracuda", barracuda},
    {"CodeTwo", codetwo},
    {"Exclaimer", exclaimer},
    {"Cisco Secure Email", cisco},
    {"Mailjet", mailjet},
}};

bool is_below(std::string_view host, std::string_view suffix) noexcept {
  return iends_with(host, suffix) &&
         (host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.');
}

}  // namespace

const std::uint16_t acs_service = 0;

std::uint16_t service_of(std::string_view host) noexcept {
  if (host.size() < 6) return no_service;
  for (const Service& service : services) {
    for (const std::string_view suffix : service.suffixes) {
      if (is_below(host, suffix)) return static_cast<std::uint16_t>(&service - services.data());
    }
  }
  return no_service;
}

const Service& service(std::uint16_t index) noexcept {
  return services[index];
}

std::string_view organisation_of(std::string_view host) noexcept {
  const std::size_t last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const std::size_t second = host.rfind('.', last - 1);
  if (second == std::string_view::npos) return host;
  const std::size_t label = last - second - 1;
  const bool country = host.size() - last - 1 == 2;
  if (country && label <= 3 && second > 0) {
    const std::size_t third = host.rfind('.', second - 1);
    return third == std::string_view::npos ? host : host.substr(third + 1);
  }
  return host.substr(second + 1);
}

}  // namespace postern::impact
