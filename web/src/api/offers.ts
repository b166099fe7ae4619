// What can be applied for here, asked once a visit: several pages show it.

import { shallowRef } from 'vue'
import { api } from './client'
import type { CertificateType, Kind, Offer } from './applications'

export const offers = shallowRef<Offer[] | null>(null)

export async function loadOffers(): Promise<Offer[]> {
  offers.value ??= (await api.get<{ offers: Offer[] }>('/application-offers')).offers
  return offers.value
}

export function offerOf(provider: string): Offer | undefined {
  return offers.value?.find((offer) => offer.provider === provider)
}

/** The fees of a kind and type by years, in 分; none for what costs nothing. */
export function feesFor(offer: Offer | undefined, kind: Kind, type: CertificateType): { years: number; fee: number }[] {
  return (offer?.fees ?? []).filter((one) => one.kind === kind && one.type === type).map(({ years, fee }) => ({ years, fee }))
}

/** The fee for some years; `null` where it is not offered. */
export function feeFor(fees: { years: number; fee: number }[], years: number): number | null {
  return fees.find((one) => one.years === years)?.fee ?? null
}
