"""pyHanko as the peer: `sign|verify|verify-all FILE KEYS ROUNDS`. One process, imports not counted; prints the
seconds of each round and the peak memory as JSON."""

import datetime
import json
import shutil
import sys
import time

from asn1crypto import pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

MOMENT = datetime.datetime(2026, 11, 22, 12, 0, 0, tzinfo=datetime.timezone.utc)
task, path, keys, rounds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
copy = path + ".peer.pdf"
signer = signers.SimpleSigner.load(f"{keys}/rsa.key.pem", f"{keys}/rsa.pem")
with open(f"{keys}/rsa.pem", "rb") as file:
    root = x509.Certificate.load(pem.unarmor(file.read())[2])


def sign():
    with open(copy, "r+b") as file:
        meta = signers.PdfSignatureMetadata(field_name="Peer", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256")
        spec = fields.SigFieldSpec("Peer", on_page=0, box=(100, 100, 213, 213))
        signers.PdfSigner(meta, signer=signer, new_field_spec=spec).sign_pdf(IncrementalPdfFileWriter(file), in_place=True)


def verify():
    with open(copy, "rb") as file:
        context = ValidationContext(trust_roots=[root], moment=MOMENT, allow_fetching=False, best_signature_time=MOMENT)
        assert validate_pdf_signature(PdfFileReader(file).embedded_signatures[0], context).bottom_line


def verify_all():
    with open(path, "rb") as file:
        signatures = PdfFileReader(file).embedded_signatures
        for signature in signatures:
            context = ValidationContext(trust_roots=[root], moment=MOMENT, allow_fetching=False, best_signature_time=MOMENT)
            assert validate_pdf_signature(signature, context).bottom_line, signature.field_name


if task != "verify-all":
    shutil.copy(path, copy)
if task == "verify":
    sign()
seconds = []
for _ in range(rounds):
    if task == "sign":
        shutil.copy(path, copy)
    start = time.perf_counter()
    {"sign": sign, "verify": verify, "verify-all": verify_all}[task]()
    seconds.append(time.perf_counter() - start)
# Not ru_maxrss: that keeps the size of the process which started this one.
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print(json.dumps({"seconds": seconds, "peak_kib": peak}))
