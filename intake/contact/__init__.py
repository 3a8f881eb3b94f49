"""Contacts as people write them: phone numbers and e-mail addresses read out of text, in one canonical form."""

from intake.contact.mail import find_emails, read_email
from intake.contact.phones import find_phones, read_phone
from intake.contact.point import ContactPoint, Phone, mask_email, mask_phone

__all__ = [
    "ContactPoint",
    "Phone",
    "find_emails",
    "find_phones",
    "mask_email",
    "mask_phone",
    "read_email",
    "read_phone",
]
